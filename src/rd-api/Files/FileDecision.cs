using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Net.Http.Headers;

namespace ReliableDownload.Api.Files;

/// <summary>
/// What a request for a file that is there is answered with: the status, and which bytes. Pure; all of RFC 9110's conditional
/// requests (13) and single byte ranges (14). Several ranges are answered with the whole file, as 14.2 allows.
/// </summary>
/// <param name="Status">200, 206, 304, 412 or 416.</param>
/// <param name="Offset">Where the body begins, in bytes.</param>
/// <param name="Count">How many bytes of the file the body has.</param>
internal readonly record struct FileDecision(int Status, long Offset, long Count)
{
    private static readonly FileDecision NotModified = new(StatusCodes.Status304NotModified, 0, 0);
    private static readonly FileDecision PreconditionFailed = new(StatusCodes.Status412PreconditionFailed, 0, 0);
    private static readonly FileDecision NotSatisfiable = new(StatusCodes.Status416RangeNotSatisfiable, 0, 0);

    /// <summary>The last byte of the body, inclusive.</summary>
    public long Last => Offset + Count - 1;

    /// <param name="method">GET or HEAD; a range counts only with GET (14.2).</param>
    /// <param name="headers">The request's.</param>
    /// <param name="tag">The file's entity tag, a strong one.</param>
    /// <param name="modified">The file's modification time in whole seconds, as Last-Modified tells it.</param>
    /// <param name="size">The file's size in bytes.</param>
    public static FileDecision Of(string method, IHeaderDictionary headers, EntityTagHeaderValue tag, DateTimeOffset modified, long size)
    {
        var typed = new RequestHeaders(headers);
        // The steps and their order are those of 13.2.2. A condition that cannot be read cannot hold.
        if (headers.IfMatch.Count > 0)
        {
            if (!Lists(typed.IfMatch, tag, strongly: true))
                return PreconditionFailed;
        }
        else if (typed.IfUnmodifiedSince < modified)
        {
            return PreconditionFailed;
        }

        if (headers.IfNoneMatch.Count > 0)
        {
            if (Lists(typed.IfNoneMatch, tag, strongly: false))
                return NotModified;
        }
        else if (typed.IfModifiedSince >= modified)
        {
            return NotModified;
        }

        var whole = new FileDecision(StatusCodes.Status200OK, 0, size);
        if (!HttpMethods.IsGet(method) || typed.Range is not { Ranges.Count: 1 } range)
            return whole;
        if (!range.Unit.Equals("bytes", StringComparison.OrdinalIgnoreCase))
            return whole;
        if (headers.IfRange.Count > 0 && !Holds(typed.IfRange, tag, modified))
            return whole;
        return Part(range.Ranges.First(), size);
    }

    private static bool Lists(IList<EntityTagHeaderValue> listed, EntityTagHeaderValue tag, bool strongly) =>
        listed.Any(one => one.Equals(EntityTagHeaderValue.Any) || one.Compare(tag, strongly));

    // 13.1.5: a strong tag, or exactly the date.
    private static bool Holds(RangeConditionHeaderValue? condition, EntityTagHeaderValue tag, DateTimeOffset modified) =>
        condition?.EntityTag?.Compare(tag, useStrongComparison: true) ?? condition?.LastModified == modified;

    private static FileDecision Part(RangeItemHeaderValue range, long size)
    {
        if (range.From is not { } first)
        {
            var suffix = Math.Min(range.To!.Value, size);
            if (range.To == 0)
                return NotSatisfiable;
            // An empty file has a suffix, but Content-Range has no words for it.
            return suffix == 0
                ? new FileDecision(StatusCodes.Status200OK, 0, 0)
                : new FileDecision(StatusCodes.Status206PartialContent, size - suffix, suffix);
        }

        if (first >= size)
            return NotSatisfiable;
        var last = Math.Min(range.To ?? long.MaxValue, size - 1);
        return new FileDecision(StatusCodes.Status206PartialContent, first, last - first + 1);
    }
}

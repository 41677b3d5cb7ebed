using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Net.Http.Headers;

namespace ReliableDownload.Api.Files;

/// <summary>
/// How a request for an existing file is answered: the status, and which bytes. Pure; implements all of RFC 9110's conditional
/// requests (13) and byte ranges (14).
/// </summary>
/// <param name="Status">200, 206, 304, 412 or 416.</param>
/// <param name="Range">The bytes of the body, if it has one and <paramref name="Parts"/> is null.</param>
/// <param name="Parts">The bytes of each part if there are several.</param>
internal readonly record struct FileDecision(int Status, ByteRange Range = default, IReadOnlyList<ByteRange>? Parts = null)
{
    private static readonly FileDecision NotModified = new(StatusCodes.Status304NotModified);
    private static readonly FileDecision PreconditionFailed = new(StatusCodes.Status412PreconditionFailed);
    private static readonly FileDecision NotSatisfiable = new(StatusCodes.Status416RangeNotSatisfiable);

    /// <param name="method">GET or HEAD; a range counts only with GET (14.2).</param>
    /// <param name="headers">The request's.</param>
    /// <param name="file">The file as it is now.</param>
    public static FileDecision Of(string method, IHeaderDictionary headers, FileDescription file) =>
        Of(method, headers, new Validators(file.VersionTag, file.OtherTag, file.IsYoung, file.Modified, file.Identity.Size));

    public static FileDecision Of(string method, IHeaderDictionary headers, Validators file)
    {
        var typed = new RequestHeaders(headers);
        // The steps and their order are those of 13.2.2. A condition that cannot be parsed is false.
        if (headers.IfMatch.Count > 0)
        {
            if (!Lists(typed.IfMatch, file, strongly: true))
                return PreconditionFailed;
        }
        else if (file.Modified is { } modified && typed.IfUnmodifiedSince is { } unmodified && (file.IsYoung || unmodified < modified))
        {
            return PreconditionFailed;
        }

        if (headers.IfNoneMatch.Count > 0)
        {
            if (file.IsYoung ? typed.IfNoneMatch.Contains(EntityTagHeaderValue.Any) : Lists(typed.IfNoneMatch, file, strongly: false))
                return NotModified;
        }
        else if (!file.IsYoung && typed.IfModifiedSince >= file.Modified)
        {
            return NotModified;
        }

        var whole = new FileDecision(StatusCodes.Status200OK, new ByteRange(0, file.Size));
        if (!HttpMethods.IsGet(method) || typed.Range is not { Ranges.Count: > 0 } range)
            return whole;
        if (!range.Unit.Equals("bytes", StringComparison.OrdinalIgnoreCase))
            return whole;
        if (headers.IfRange.Count > 0 && !Holds(typed.IfRange, file))
            return whole;
        if (range.Ranges.Count == 1)
            return OfOne(ByteRange.Of(range.Ranges.First(), file.Size), whole);
        return ByteRanges.Choose(range.Ranges, file.Size) switch
        {
            null => whole,
            [] => NotSatisfiable,
            [var one] => OfOne(one, whole),
            var several => new FileDecision(StatusCodes.Status206PartialContent, Parts: several),
        };
    }

    // An empty file can satisfy a suffix range, but Content-Range cannot express it.
    private static FileDecision OfOne(ByteRange? range, FileDecision whole) => range switch
    {
        null => NotSatisfiable,
        { Count: 0 } => whole,
        { } some => new FileDecision(StatusCodes.Status206PartialContent, some),
    };

    private static bool Lists(IList<EntityTagHeaderValue> listed, Validators file, bool strongly) =>
        listed.Any(one => one.Equals(EntityTagHeaderValue.Any) || Names(one, file, strongly));

    // 13.1.5: a strong tag, or exactly the date if that is a strong validator.
    private static bool Holds(RangeConditionHeaderValue? condition, Validators file) =>
        condition?.EntityTag is { } tag ? Names(tag, file, strongly: true) : !file.IsYoung && condition?.LastModified is { } date && date == file.Modified;

    private static bool Names(EntityTagHeaderValue tag, Validators file, bool strongly) =>
        tag.Compare(file.VersionTag, strongly) || (file.OtherTag is { } other && tag.Compare(other, strongly));
}

using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Api.Files;

/// <summary>The body of an answer with several ranges: multipart/byteranges (RFC 9110, 14.6). Holds the headers of the parts, but no bytes of the file.</summary>
internal sealed class MultipartBody
{
    // Bytes: a boundary that cannot be guessed cannot be placed in a file.
    private const int BoundarySize = 16;

    private readonly IReadOnlyList<ByteRange> _parts;
    private readonly byte[][] _heads;
    private readonly byte[] _end;

    /// <param name="parts">The ranges, in the order in which they are sent.</param>
    /// <param name="mediaType">The file's.</param>
    /// <param name="size">The file's, in bytes.</param>
    public MultipartBody(IReadOnlyList<ByteRange> parts, string mediaType, long size)
    {
        var boundary = RandomNumberGenerator.GetHexString(2 * BoundarySize, lowercase: true);
        _parts = parts;
        _heads = [.. parts.Select(part => Encoding.ASCII.GetBytes(
            $"\r\n--{boundary}\r\nContent-Type: {mediaType}\r\nContent-Range: {ContentRange(part, size)}\r\n\r\n"))];
        _end = Encoding.ASCII.GetBytes($"\r\n--{boundary}--\r\n");
        MediaType = $"multipart/byteranges; boundary={boundary}";
        Length = parts.Sum(part => part.Count) + _heads.Sum(head => head.Length) + _end.Length;
    }

    public string MediaType { get; }

    /// <summary>In bytes.</summary>
    public long Length { get; }

    /// <summary>The header's value (RFC 9110, 14.4).</summary>
    public static string ContentRange(ByteRange range, long size) => new ContentRangeHeaderValue(range.Offset, range.Last, size).ToString();

    /// <summary>Sends all parts; false if the file ended too early.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public async Task<bool> SendAsync(HttpContext context, SafeFileHandle file)
    {
        for (var i = 0; i < _parts.Count && !context.RequestAborted.IsCancellationRequested; i++)
        {
            // Not flushed: it is sent together with the first bytes of its part.
            Write(context, _heads[i]);
            if (!await FileBody.SendAsync(context, file, _parts[i].Offset, _parts[i].Count))
                return false;
        }

        Write(context, _end);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        return true;
    }

    private static void Write(HttpContext context, byte[] bytes)
    {
        bytes.CopyTo(context.Response.BodyWriter.GetSpan(bytes.Length));
        context.Response.BodyWriter.Advance(bytes.Length);
    }
}

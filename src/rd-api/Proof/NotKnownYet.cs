using System.Globalization;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;

namespace ReliableDownload.Api.Proof;

/// <summary>Answers with 503 while digests are missing, says how far they are, and when to ask again.</summary>
internal static class NotKnownYet
{
    private const int LeastRetry = 1;
    private const int MostRetry = 60;

    /// <param name="context">The request.</param>
    /// <param name="digests">What is being calculated; null if too much is already.</param>
    /// <param name="waited">How long the request waited for it.</param>
    /// <param name="before">Sentences about what else is known.</param>
    public static Task WriteAsync(HttpContext context, FileDigests? digests, TimeSpan waited, string before = "")
    {
        var (sentence, retry) = digests switch
        {
            null => ("Too many files are waiting for their digests.", 5),
            { State: DigestsState.Failed } => (string.Concat(digests.Failure.Select(static character => char.IsAscii(character) ? character : '?')), 5),
            { State: DigestsState.Changed } => ("The file changed while it was hashed.", 5),
            _ => (Progress(digests.KnownBytes, digests.Key.Identity.Size), Retry(digests, waited)),
        };
        context.Response.Headers.RetryAfter = retry.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers.CacheControl = "no-store";
        return TextResponse.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, $"{before}{sentence}\n");
    }

    private static string Progress(long known, long size) => string.Create(
        CultureInfo.InvariantCulture,
        $"The file is still being hashed: {known} of {size} bytes, {(size == 0 ? 100 : 100.0 * known / size):0} %. Ask again, or wait longer with 'Prefer: wait=SECONDS'.");

    // As long as the rest takes at the speed so far.
    private static int Retry(FileDigests digests, TimeSpan waited)
    {
        var rest = waited.TotalSeconds * (digests.Key.Identity.Size - digests.KnownBytes) / Math.Max(digests.KnownBytes, 1);
        return (int)Math.Clamp(rest, LeastRetry, MostRetry);
    }
}

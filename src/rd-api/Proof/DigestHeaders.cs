using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Sending;

namespace ReliableDownload.Api.Proof;

/// <summary>
/// The digests in the head of a file's answers: <c>Repr-Digest</c> and <c>Content-Digest</c> (RFC 9530), and <c>Digest</c> (RFC 3230) for older clients. What
/// is in memory is told to everybody; only who asks has a digest calculated. One for all requests.
/// </summary>
internal sealed class DigestHeaders(WholeDigests wholes, RdApiOptions options, TimeProvider time)
{
    // Without a preference a client gets what is stored, but does not wait for hashing.
    private static readonly TimeSpan LookupLimit = TimeSpan.FromSeconds(1);

    /// <summary>The whole file's digest if it is in memory, the same array each time; does not block.</summary>
    public byte[]? InMemory(RequestPath path, FileIdentity identity) => wholes.InMemory(path, identity);

    /// <summary>The header's value for a digest.</summary>
    public static string Value(ReadOnlySpan<byte> digest) => $"sha-256=:{Convert.ToBase64String(digest)}:";

    /// <summary>Whether the request asks for the digest of the whole file.</summary>
    public static bool IsWholeWanted(HttpRequest request) => Wants(request, "Want-Repr-Digest", isScored: true) || IsOldWanted(request);

    /// <summary>The whole file's digest for a client that asks for it: calculated now if the client wants to wait, else for its next request.</summary>
    public async Task<byte[]?> AskAsync(HttpContext context, RequestPath path, FileIdentity identity)
    {
        using var reader = wholes.AskToRead(context, path, identity);
        if (reader is null)
            return null;
        if (WaitPreference.Of(context.Request, options.Limits) is not null)
            await reader.Digests.EndAsync(WaitPreference.Apply(context, options.Limits), time, context.RequestAborted);
        else
            await reader.Digests.LookedUp.WaitAsync(LookupLimit, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return reader.Digests.State == DigestsState.Complete ? reader.Digests.Read(static table => table.Run(0, 1)) : null;
    }

    /// <summary>Adds the header of RFC 3230, for clients that ask for it.</summary>
    public static void AddOld(HttpContext context, ReadOnlySpan<byte> digest)
    {
        if (IsOldWanted(context.Request))
            context.Response.Headers["Digest"] = $"SHA-256={Convert.ToBase64String(digest)}";
    }

    /// <summary>
    /// Adds the digest of the bytes that follow, for clients that ask for it. It is computed before they are sent, as a trailer would need chunked
    /// encoding, without a length and without the kernel's help, and few clients read it. What changes in between, the client notices.
    /// </summary>
    /// <returns>False if the file ended too early.</returns>
    public static async Task<bool> AddContentAsync(HttpContext context, ServedFile file, ByteRange range)
    {
        if (range.Count > Limits.ContentDigestBytes || !HttpMethods.IsGet(context.Request.Method) || !Wants(context.Request, "Want-Content-Digest", isScored: true))
            return true;
        await EventThread.LeaveAsync();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[Limits.CopyBuffer];
        for (var done = 0L; done < range.Count;)
        {
            var read = RandomAccess.Read(file.Handle, buffer.AsSpan(0, (int)Math.Min(buffer.Length, range.Count - done)), range.Offset + done);
            if (read == 0)
                return false;
            hash.AppendData(buffer, 0, read);
            done += read;
        }

        context.Response.Headers["Content-Digest"] = Value(hash.GetHashAndReset());
        return true;
    }

    private static bool IsOldWanted(HttpRequest request) => Wants(request, "Want-Digest", isScored: false);

    // RFC 9530, 4: sha-256=5, where 0 means not wanted. RFC 3230, 4.3.1: SHA-256;q=0.5, or just SHA-256.
    private static bool Wants(HttpRequest request, string header, bool isScored)
    {
        var values = request.Headers[header];
        if (values.Count == 0)
            return false;
        foreach (var line in values)
        {
            foreach (var wish in (line ?? "").Split(',', StringSplitOptions.TrimEntries))
            {
                var end = wish.IndexOfAny(['=', ';']);
                if (!wish.AsSpan(0, end < 0 ? wish.Length : end).Trim().Equals("sha-256", StringComparison.OrdinalIgnoreCase))
                    continue;
                var score = wish[(wish.LastIndexOf('=') + 1)..];
                return end < 0 ? !isScored : double.TryParse(score, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number > 0;
            }
        }

        return false;
    }
}

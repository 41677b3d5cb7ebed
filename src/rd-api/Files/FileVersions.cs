using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Files;

/// <summary>
/// Names the versions of files: by size and modification time or, where copies do not keep times (<c>--version-from content</c>), by the digest of the whole
/// file once that is known. A client that knows a file by its time goes on with that name. Thread-safe.
/// </summary>
internal sealed class FileVersions(WholeDigests wholes, RdApiOptions options)
{
    /// <summary>The version, as far as it is known in memory; does not block.</summary>
    public FileVersion Of(RequestPath path, FileIdentity identity) =>
        options.IsVersionOfContent && wholes.InMemory(path, identity) is { } whole ? OfContent(whole) : identity.Version;

    public static FileVersion OfContent(byte[] whole) => new($"sha256-{Convert.ToHexStringLower(whole)}");

    /// <summary>Whether <see cref="Of"/> is right without a look at the store; does not block.</summary>
    public bool IsFound(RequestPath path, FileIdentity identity) => !options.IsVersionOfContent || wholes.InMemory(path, identity) is not null;

    /// <summary>Completes when <see cref="Of"/> is right, or the store does not answer.</summary>
    public Task FindAsync(RequestPath path, FileIdentity identity, CancellationToken cancellationToken) =>
        options.IsVersionOfContent ? wholes.FindAsync(path, identity, cancellationToken) : Task.CompletedTask;

    /// <summary>Whether <paramref name="version"/> names the file as it is now.</summary>
    public bool IsOf(FileVersion version, RequestPath path, FileIdentity identity) => version == identity.Version || version == Of(path, identity);

    /// <summary>Whether an answer names the file by its content: not to a client whose conditions name it by its time.</summary>
    /// <param name="headers">The request's.</param>
    /// <param name="whole">The digest of the whole file; null if it is not known.</param>
    public bool IsByContent(IHeaderDictionary headers, FileIdentity identity, byte[]? whole)
    {
        if (!options.IsVersionOfContent || whole is null)
            return false;
        var byTime = identity.Version.ETag;
        return !Names(headers.IfRange, byTime) && !Names(headers.IfMatch, byTime) && !Names(headers.IfNoneMatch, byTime);
    }

    private static bool Names(StringValues condition, string tag) => condition.Any(line => line?.Contains(tag, StringComparison.Ordinal) == true);
}

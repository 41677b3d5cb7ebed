using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Files;

/// <summary>
/// Names the versions of files: by size and modification time or, where copies do not keep times (<c>--version-from content</c>), by the digest of the whole
/// file once that is known. A client that knows a file by its time goes on with that name. Thread-safe.
/// </summary>
internal sealed class FileVersions(WholeDigests wholes, RdApiOptions options, TimeProvider time)
{
    // For so long the digest of a file is not looked up again that was not stored, and what another rd-api has stored meanwhile is not known here.
    private static readonly TimeSpan MissingLimit = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly RecentKeys<bool> _missing = new(MissingLimit, time);

    /// <summary>Whether versions are made of digests; then <see cref="FindAsync"/> has looked for one.</summary>
    public bool AreOfContent => options.IsVersionOfContent;

    /// <summary>The version, as far as it is known in memory; does not block.</summary>
    public FileVersion Of(RequestPath path, FileIdentity identity) =>
        (options.IsVersionOfContent ? ByContent(wholes.InMemory(path, identity)) : null) ?? identity.Version;

    /// <summary>The version made of a digest; null where versions are not, or it is not known.</summary>
    public FileVersion? ByContent(byte[]? whole) =>
        options.IsVersionOfContent && whole is not null ? new FileVersion($"sha256-{Convert.ToHexStringLower(whole)}") : null;

    /// <summary>Whether <see cref="Of"/> says all that the store would; does not block.</summary>
    public bool IsFound(RequestPath path, FileIdentity identity)
    {
        if (!options.IsVersionOfContent || wholes.InMemory(path, identity) is not null)
            return true;
        lock (_gate)
            return _missing.TryGet(wholes.KeyOf(path, identity), out _);
    }

    /// <summary>Has the digest of the whole calculated again if it, and with it the version, went with digests that somebody distrusts: nobody else may ask for it.</summary>
    /// <param name="before">The version before the digests were asked for.</param>
    /// <returns>The version now.</returns>
    public FileVersion Renew(HttpContext context, RequestPath path, FileIdentity identity, FileVersion before)
    {
        var now = Of(path, identity);
        if (now != before)
            wholes.Ask(context, path, identity);
        return now;
    }

    /// <summary>Completes when <see cref="Of"/> says what the store does, or the store does not answer.</summary>
    public async Task FindAsync(RequestPath path, FileIdentity identity, CancellationToken cancellationToken)
    {
        if (IsFound(path, identity) || !await wholes.LookUpAsync(path, identity, cancellationToken) || wholes.InMemory(path, identity) is not null)
            return;
        lock (_gate)
            _missing.TryAdd(wholes.KeyOf(path, identity), true);
    }

    /// <summary>Whether <paramref name="version"/> names the file as it is now.</summary>
    public bool IsOf(FileVersion version, RequestPath path, FileIdentity identity) => version == identity.Version || version == Of(path, identity);

    /// <summary>Whether an answer shows the version by content: not to a client whose conditions name the one by time.</summary>
    /// <param name="headers">The request's.</param>
    /// <param name="whole">The digest of the whole file; null if it is not known.</param>
    public bool IsByContent(IHeaderDictionary headers, FileIdentity identity, byte[]? whole) =>
        options.IsVersionOfContent && whole is not null
        && !Names(headers.IfRange, identity) && !Names(headers.IfMatch, identity) && !Names(headers.IfNoneMatch, identity);

    private static bool Names(StringValues condition, FileIdentity identity) =>
        condition.Count > 0 && condition.Any(line => line?.Contains(identity.Version.ETag, StringComparison.Ordinal) == true);
}

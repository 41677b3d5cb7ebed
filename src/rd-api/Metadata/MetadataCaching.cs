using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Net.Http.Headers;
using ReliableDownload.Api.Access;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Metadata;

/// <summary>
/// What caches between rd-api and its clients may keep (RFC 9111): complete metadata, for long under a URL that names the version, and for moments
/// under one that does not. What is still growing is never kept.
/// </summary>
internal sealed class MetadataCaching(TimeProvider clock, AccessControl? access = null)
{
    // A day, not for ever: digests are calculated again where a client's data shows that they cannot be right.
    private const int VersionSeconds = 24 * 60 * 60;

    // For clients who begin together: the last of a hundred on a busy machine begins after 80 s (bench/fleet/cached.sh), and three requests are to be enough.
    // A changed file may be described by its old digests for as long, a minute at most; a client that finds it changed asks past caches.
    private const int SharedSeconds = 50;

    // And so long at most while the cache asks whether it changed (RFC 5861): not all have to wait then, and none gets an old one because the answer does not come.
    private const int StaleSeconds = 10;

    // What a store needs, if it is well; the first line must not wait longer for it.
    private static readonly TimeSpan LookupLimit = TimeSpan.FromMilliseconds(100);

    /// <summary>Sets the headers of an answer that is about to be written.</summary>
    /// <param name="version">What the answer calls the file's version.</param>
    /// <returns>Whether the client has the same already: then the answer is 304 and has no body.</returns>
    public async Task<bool> IsKnownAsync(
        HttpContext context, RequestPath path, FileDigests digests, MetadataQuery query, FileVersion version, CancellationToken cancellationToken)
    {
        await digests.LookedUp.WaitAsync(LookupLimit, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        if (digests.State != DigestsState.Complete || digests.Key.Identity.SettlingTime(clock.GetUtcNow()) > TimeSpan.Zero)
            return false;
        var headers = context.Response.Headers;
        // Who was let in shares the answer with nobody, however that was: caches know only of Authorization by themselves (RFC 9111, 3.5).
        var isShared = context.Request.Headers.Authorization.Count == 0 && access?.IsForEveryone(context, path) != false;
        var whose = isShared ? "public" : "private";
        headers.CacheControl = query.Version is null
            ? string.Create(CultureInfo.InvariantCulture, $"{whose}, max-age=0, s-maxage={SharedSeconds}, stale-while-revalidate={StaleSeconds}")
            : string.Create(CultureInfo.InvariantCulture, $"{whose}, max-age={VersionSeconds}, immutable");
        var tag = TagOf(digests, query, version);
        headers.ETag = tag.ToString();
        if (!new RequestHeaders(context.Request.Headers).IfNoneMatch.Any(known => known.Equals(EntityTagHeaderValue.Any) || known.Compare(tag, useStrongComparison: false)))
            return false;
        context.Response.StatusCode = StatusCodes.Status304NotModified;
        return true;
    }

    // The root, because digests that are calculated again may be others; the time, because the answer tells it, and a version by content does not.
    private static EntityTagHeaderValue TagOf(FileDigests digests, MetadataQuery query, FileVersion version)
    {
        var byTime = digests.Key.Identity.Version;
        var file = version == byTime ? byTime.Text : $"{byTime}-{version}";
        var root = Convert.ToHexStringLower(digests.Read(static table => table.Root()).AsSpan(0, 16));
        return new EntityTagHeaderValue(
            string.Create(CultureInfo.InvariantCulture, $"\"{file}-{root}-{query.From}-{(query.IsStream ? "stream" : "classic")}\""));
    }
}

using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Proof;

/// <summary>Where a Metalink's pieces come from: the digests of the blocks, as clients of rd-api get them. One for all requests.</summary>
internal sealed class BlockDigests(IWebRoot root, HashJobs jobs, FileVersions versions, RdApiOptions options)
{
    /// <summary>Whether a file is too large for this server's block size.</summary>
    public bool IsTooLarge(FileIdentity identity) => identity.Size > (long)BlockLayout.MaxBlockCount * options.BlockSize;

    /// <summary>What the digests of a file belong to; null if it cannot be read, or is too large.</summary>
    public DigestKey? KeyOf(RequestPath path, DigestAlgorithm algorithm) =>
        root.IdentifyReadable(path) is { } identity && !IsTooLarge(identity)
            ? new DigestKey(DigestKey.NameOf(options.WebRoot, path), identity, options.BlockSize, algorithm)
            : null;

    /// <summary>Has digests calculated, and reads them; null if too much is being calculated already.</summary>
    public DigestReader? AskToRead(HttpContext context, RequestPath path, DigestKey key)
    {
        var client = DigestRequest.ClientOf(context.Connection.RemoteIpAddress);
        var before = versions.Of(path, key.Identity);
        var reader = jobs.AskToRead(new DigestRequest(key, path, client, DigestRequest.IsDistrustfulOf(context.Request)), 0);
        versions.Renew(context, path, key.Identity, before);
        return reader;
    }
}

using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Proof;

/// <summary>Where a Metalink's pieces come from: the digests of the blocks, as clients of rd-api get them. One for all requests.</summary>
internal sealed class BlockDigests(IWebRoot root, HashJobs jobs, RdApiOptions options)
{
    /// <summary>Whether a file is too large for this server's block size.</summary>
    public bool IsTooLarge(FileIdentity identity) => identity.Size > (long)BlockLayout.MaxBlockCount * options.BlockSize;

    /// <summary>Has the digests of a file calculated, and reads them; null if it cannot be read, or too much is being calculated already.</summary>
    public DigestReader? AskToRead(HttpContext context, RequestPath path, DigestAlgorithm algorithm)
    {
        if (root.IdentifyReadable(path) is not { } identity || IsTooLarge(identity))
            return null;
        var key = new DigestKey(DigestKey.NameOf(options.WebRoot, path), identity, options.BlockSize, algorithm);
        var client = DigestRequest.ClientOf(context.Connection.RemoteIpAddress);
        return jobs.AskToRead(new DigestRequest(key, path, client, DigestRequest.IsDistrustfulOf(context.Request)), 0);
    }
}

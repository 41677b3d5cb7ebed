using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Listing;

/// <summary>Looks up what is known of a file's digests, in memory only: nothing is hashed because somebody looks. One for all requests.</summary>
internal sealed class FolderProof(HashJobs jobs, RdApiOptions options)
{
    public KnownDigests Of(RequestPath folder, ReadOnlySpan<byte> name, FileIdentity identity)
    {
        var file = identity.IsOfAnyName ? "" : DigestKey.NameOf(options.WebRoot, folder.Child(name));
        return jobs.Peek(new DigestKey(file, identity, options.BlockSize, DigestAlgorithm.Sha256));
    }
}

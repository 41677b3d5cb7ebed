using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Trees;

/// <summary>The digests of files of one block, which are those of the whole, where the server has them in memory. One for all requests.</summary>
internal sealed class TreeDigests(HashJobs jobs, RdApiOptions options)
{
    // SHA-256 of nothing.
    private const string Empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    public int BlockSize => options.BlockSize;

    /// <summary>The SHA-256 of a file, in hex; null if it is not known, or has several blocks.</summary>
    public string? Find(RequestPath folder, ReadOnlySpan<byte> name, FileIdentity identity)
    {
        if (identity.Size == 0)
            return Empty;
        return identity.Size <= BlockSize ? jobs.Peek(KeyOf(folder, name, identity)).Whole : null;
    }

    /// <summary>What its digest belongs to.</summary>
    public DigestKey KeyOf(RequestPath folder, ReadOnlySpan<byte> name, FileIdentity identity)
    {
        // The name is not needed where the system numbers its files, and there may be very many of them.
        var file = identity.IsOfAnyName ? "" : DigestKey.NameOf(options.WebRoot, folder.Child(name));
        return new DigestKey(file, identity, BlockSize, DigestAlgorithm.Sha256);
    }
}

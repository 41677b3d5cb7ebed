using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Trees;

/// <summary>The digests of files of one block, which are those of the whole, where the server has them in memory. One for all requests.</summary>
internal sealed class TreeDigests(HashJobs jobs, DigestMemory memory, RdApiOptions options)
{
    // SHA-256 of nothing.
    private const string Empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    public int BlockSize => options.BlockSize;

    /// <summary>The SHA-256 of a file, in hex; null if it is not known, or has several blocks.</summary>
    public string? Find(RequestPath folder, ReadOnlySpan<byte> name, FileIdentity identity)
    {
        if (identity.Size == 0)
            return Empty;
        if (identity.Size > BlockSize)
            return null;
        // The name is not needed where the system numbers its files, and there may be very many of them.
        var key = identity.IsOfAnyName ? new DigestKey("", identity, BlockSize, DigestAlgorithm.Sha256) : KeyOf(folder.Child(name), identity);
        return jobs.Peek(key).Whole;
    }

    /// <summary>What the digest of a file belongs to.</summary>
    public DigestKey KeyOf(RequestPath file, FileIdentity identity) => new(DigestKey.NameOf(options.WebRoot, file), identity, BlockSize, DigestAlgorithm.Sha256);

    /// <summary>Whether the digest of what was read just now can be kept: the file's next change will show.</summary>
    public static bool IsToKeep(FileIdentity identity, DateTimeOffset now) => identity.Size > 0 && identity.SettlingTime(now) == TimeSpan.Zero;

    /// <summary>Remembers a digest that was computed of what was sent.</summary>
    public void Keep(DigestKey key, byte[] digest)
    {
        var table = new DigestTable(key.Algorithm, 1);
        table.Set(0, digest);
        memory.Add(key.Content, table);
    }
}

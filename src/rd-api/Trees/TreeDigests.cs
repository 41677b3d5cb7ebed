using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Trees;

/// <summary>The digests of files of one block, which are those of the whole. Nothing is hashed because somebody asks for them. One for all requests.</summary>
internal sealed class TreeDigests(HashJobs jobs, FileDigestMemory memory, UnstoredFiles unstored, StoreAccess store, RdApiOptions options)
{
    // SHA-256 of nothing.
    private const string Empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    // For some hundred files. Without digests a tree is still right, and the next ones are looked up again.
    private static readonly TimeSpan StoreLimit = TimeSpan.FromSeconds(1);

    public int BlockSize => options.BlockSize;

    /// <summary>What the digest of a file belongs to.</summary>
    public DigestKey KeyOf(RequestPath file, FileIdentity identity) => new(DigestKey.NameOf(options.WebRoot, file), identity, BlockSize, DigestAlgorithm.Sha256);

    /// <summary>Whether the digest of what was read just now can be kept: the file's next change will show.</summary>
    public static bool IsToKeep(FileIdentity identity, DateTimeOffset now) => identity.Size > 0 && identity.SettlingTime(now) == TimeSpan.Zero;

    /// <summary>Remembers a digest that was computed of what was sent, and has it stored.</summary>
    public void Keep(DigestKey key, byte[] digest)
    {
        if (memory.TryAdd(key.Identity, digest))
            unstored.Add(new FileDigest(key, digest));
    }

    /// <summary>The SHA-256 of each file, in hex; null where it is not known, or for what is no file of one block.</summary>
    public async Task<string?[]> FindAsync(IReadOnlyList<TreeEntry> entries, CancellationToken cancellationToken)
    {
        var digests = new string?[entries.Count];
        List<DigestKey> keys = [];
        List<int> places = [];
        for (var i = 0; i < entries.Count; i++)
        {
            var (entry, identity) = (entries[i], entries[i].Found.Identity);
            if (entry.Kind != TreeEntryKind.File || identity.Size > BlockSize || (digests[i] = InMemory(entry)) is not null)
                continue;
            keys.Add(KeyOf(entry.Level.Path.Child(entry.Name), identity));
            places.Add(i);
        }

        if (keys.Count > 0 && !store.IsAway)
            await ReadAsync(keys, (i, digest) => digests[places[i]] = Convert.ToHexStringLower(digest.Span), cancellationToken);
        return digests;
    }

    // The name is not needed where the system numbers its files.
    private string? InMemory(TreeEntry entry)
    {
        var identity = entry.Found.Identity;
        if (identity.Size == 0)
            return Empty;
        if (memory.Find(identity) is { } digest)
            return digest;
        var key = identity.IsOfAnyName ? new DigestKey("", identity, BlockSize, DigestAlgorithm.Sha256) : KeyOf(entry.Level.Path.Child(entry.Name), identity);
        return jobs.Peek(key).Whole;
    }

    private async Task ReadAsync(List<DigestKey> keys, Action<int, ReadOnlyMemory<byte>> found, CancellationToken cancellationToken)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(StoreLimit);
        try
        {
            await store.TryAsync(known => known.ReadFilesAsync(keys, found, late.Token), late.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            // It has to do without them.
        }
    }
}

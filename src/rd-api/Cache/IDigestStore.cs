namespace ReliableDownload.Api.Cache;

/// <summary>
/// Keeps digests beyond the life of the process. A store returns only what was written under exactly that key. If it fails it throws
/// <see cref="DigestStoreException"/>; the caller continues without it and may try again. Thread-safe: calls may run in parallel.
/// </summary>
internal interface IDigestStore : IAsyncDisposable
{
    /// <summary>How many files' digests one call takes: a fraction of a second.</summary>
    const int MaxFiles = 4096;

    /// <summary>Returns when the store can be used. The other methods open it themselves; this one finds out whether a store has recovered.</summary>
    Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>Passes each run known for <paramref name="key"/> to <paramref name="found"/>, in any order, possibly overlapping.</summary>
    Task ReadAsync(DigestKey key, Action<DigestRun> found, CancellationToken cancellationToken);

    /// <summary>Adds runs. Digests of other contents of the same file are removed, now or later.</summary>
    Task WriteAsync(DigestKey key, IReadOnlyList<DigestRun> runs, CancellationToken cancellationToken);

    /// <summary>
    /// Adds the digests of files that have a single one, in place of those known before, many in one call: by itself each would cost more than hashing a small file. To be called with no more than
    /// <see cref="MaxFiles"/>.
    /// </summary>
    Task WriteFilesAsync(IReadOnlyList<FileDigest> files, CancellationToken cancellationToken);

    /// <summary>Passes each digest known for files that have a single one to <paramref name="found"/>, with the file's place among the keys.</summary>
    Task ReadFilesAsync(IReadOnlyList<DigestKey> keys, Action<int, ReadOnlyMemory<byte>> found, CancellationToken cancellationToken);

    /// <summary>Removes all that is known for <paramref name="key"/>.</summary>
    Task RemoveAsync(DigestKey key, CancellationToken cancellationToken);

    /// <summary>Records what was used and removes what has not been used for long, when it is time for that. To be called about once a second.</summary>
    Task TidyAsync(CancellationToken cancellationToken);
}

/// <summary>The digests of consecutive blocks from <paramref name="First"/> on, concatenated.</summary>
internal readonly record struct DigestRun(int First, ReadOnlyMemory<byte> Digests);

/// <summary>The digest of a file that has a single one, because it has one block.</summary>
internal readonly record struct FileDigest(DigestKey Key, byte[] Digest);

/// <summary>A store cannot be used now; the message says which one and why.</summary>
internal sealed class DigestStoreException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>Whether another program is merely using the store, so that it should be available again in a moment.</summary>
    public bool IsBusy { get; init; }

    /// <summary>Whether it only takes nothing new: what it knows can be read.</summary>
    public bool IsForReading { get; init; }
}

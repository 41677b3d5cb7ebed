namespace ReliableDownload.Api.Cache;

/// <summary>
/// Where digests outlive the process. What a store returns was written under exactly that key. A store that fails throws
/// <see cref="DigestStoreException"/>; its user goes on without it, and may try again. Safe for threads.
/// </summary>
internal interface IDigestStore : IAsyncDisposable
{
    /// <summary>Returns when the store can be used. The other methods do this by themselves; it is how to see whether a store is back.</summary>
    Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>All runs known for <paramref name="key"/>, in any order, possibly overlapping; none where nothing is known.</summary>
    Task<IReadOnlyList<DigestRun>> ReadAsync(DigestKey key, CancellationToken cancellationToken);

    /// <summary>Adds runs. Digests of other contents of the same file are removed, now or in the end.</summary>
    Task WriteAsync(DigestKey key, IReadOnlyList<DigestRun> runs, CancellationToken cancellationToken);
}

/// <summary>The digests of consecutive blocks from <paramref name="First"/> on, one behind the other.</summary>
internal readonly record struct DigestRun(int First, ReadOnlyMemory<byte> Digests);

/// <summary>A store cannot be used now; the message says which and why.</summary>
internal sealed class DigestStoreException(string message, Exception? innerException = null) : Exception(message, innerException);

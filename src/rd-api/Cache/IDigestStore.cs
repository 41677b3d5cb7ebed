namespace ReliableDownload.Api.Cache;

/// <summary>
/// Where digests outlive the process. What a store returns was written under exactly that key. A store that fails throws
/// <see cref="DigestStoreException"/>; its user goes on without it, and may try again. Thread-safe: calls may run side by side.
/// </summary>
internal interface IDigestStore : IAsyncDisposable
{
    /// <summary>Returns when the store can be used. The other methods open it themselves; this is how to see whether a store is back.</summary>
    Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>Passes each run known for <paramref name="key"/> to <paramref name="found"/>, in any order, possibly overlapping.</summary>
    Task ReadAsync(DigestKey key, Action<DigestRun> found, CancellationToken cancellationToken);

    /// <summary>Adds runs. Digests of other contents of the same file are removed, now or in the end.</summary>
    Task WriteAsync(DigestKey key, IReadOnlyList<DigestRun> runs, CancellationToken cancellationToken);

    /// <summary>Removes all that is known for <paramref name="key"/>.</summary>
    Task RemoveAsync(DigestKey key, CancellationToken cancellationToken);

    /// <summary>Notes what was used and removes what was not used for long, if it is time for that. To be called about once a second.</summary>
    Task TidyAsync(CancellationToken cancellationToken);
}

/// <summary>The digests of consecutive blocks from <paramref name="First"/> on, one behind the other.</summary>
internal readonly record struct DigestRun(int First, ReadOnlyMemory<byte> Digests);

/// <summary>A store cannot be used now; the message says which and why.</summary>
internal sealed class DigestStoreException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>Whether another program is merely using the store, so that it can be expected back in a moment.</summary>
    public bool IsBusy { get; init; }
}

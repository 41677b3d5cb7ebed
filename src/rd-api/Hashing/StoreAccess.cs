using Microsoft.Extensions.Logging;
using ReliableDownload.Api.Cache;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// Access to the store for callers that can continue without it: any failure ends only one call. It is logged once when the store
/// becomes unavailable, and once when it is back. Thread-safe.
/// </summary>
internal sealed class StoreAccess(IDigestStore store, ILogger log)
{
    private int _isAway;
    private int _isForReading;

    /// <summary>Whether the last use of the store failed.</summary>
    public bool IsAway => Volatile.Read(ref _isAway) != 0;

    /// <summary>Whether the last failure was that it takes nothing new.</summary>
    public bool IsForReading => Volatile.Read(ref _isForReading) != 0;

    /// <returns>Whether the call succeeded.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> is canceled.</exception>
    public async Task<bool> TryAsync(Func<IDigestStore, Task> use, CancellationToken cancellationToken)
    {
        try
        {
            await use(store);
            return true;
        }
        catch (DigestStoreException error)
        {
            Report(error);
            return false;
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            Volatile.Write(ref _isForReading, 0);
            if (Interlocked.Exchange(ref _isAway, 1) == 0)
                log.CacheBroke(error);
            return false;
        }
    }

    /// <summary>Decides what a failure means for the next calls.</summary>
    public void Report(DigestStoreException error)
    {
        // Another program is writing; digests to be stored wait, and lookups are not affected.
        if (error.IsBusy)
            return;
        if (!error.IsForReading)
            GiveUp(error.Message);
        else if (Interlocked.Exchange(ref _isForReading, 1) == 0)
            log.CacheIsForReading(error.Message.TrimEnd('.'));
    }

    /// <summary>All that was to be stored is stored.</summary>
    public void ReportStored()
    {
        if (Interlocked.Exchange(ref _isForReading, 0) != 0)
            log.CacheTakesDigests();
    }

    /// <summary>Treats the store as unavailable until it is found to be usable again.</summary>
    public void GiveUp(string reason)
    {
        Volatile.Write(ref _isForReading, 0);
        if (Interlocked.Exchange(ref _isAway, 1) == 0)
            log.CacheIsAway(reason.TrimEnd('.'));
    }

    public void Return()
    {
        if (Interlocked.Exchange(ref _isAway, 0) != 0)
            log.CacheIsBack();
    }
}

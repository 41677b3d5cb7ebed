using Microsoft.Extensions.Logging;
using ReliableDownload.Api.Cache;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// Access to the store for callers that can continue without it: any failure ends only one call. It is logged once when the store
/// becomes unavailable, and once when it is back. Thread-safe.
/// </summary>
internal sealed class StoreAccess(IDigestStore store, ILogger<StoreAccess> log)
{
    private int _isAway;

    /// <summary>Whether the last use of the store failed.</summary>
    public bool IsAway => Volatile.Read(ref _isAway) != 0;

    /// <returns>Whether the call succeeded.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> is canceled.</exception>
    public async Task<bool> TryAsync(Func<IDigestStore, Task> use, CancellationToken cancellationToken)
    {
        try
        {
            await use(store);
            return true;
        }
        catch (DigestStoreException error) when (error.IsBusy)
        {
            // Another program is writing; digests to be stored wait, and lookups are not affected.
            return false;
        }
        catch (DigestStoreException error)
        {
            GiveUp(error.Message);
            return false;
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            if (Interlocked.Exchange(ref _isAway, 1) == 0)
                log.CacheBroke(error);
            return false;
        }
    }

    /// <summary>Treats the store as unavailable until it is found to be usable again.</summary>
    public void GiveUp(string reason)
    {
        if (Interlocked.Exchange(ref _isAway, 1) == 0)
            log.CacheIsAway(reason.TrimEnd('.'));
    }

    public void Return()
    {
        if (Interlocked.Exchange(ref _isAway, 0) != 0)
            log.CacheIsBack();
    }
}

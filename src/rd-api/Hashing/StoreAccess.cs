using Microsoft.Extensions.Logging;
using ReliableDownload.Api.Cache;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// The store, as those use it who can go on without it: whatever goes wrong ends one call. Whether the store is away is said once when it
/// goes and once when it is back. Thread-safe.
/// </summary>
internal sealed class StoreAccess(IDigestStore store, ILogger<StoreAccess> log)
{
    private int _isAway;

    /// <summary>Whether the store could not be used the last time.</summary>
    public bool IsAway => Volatile.Read(ref _isAway) != 0;

    /// <returns>Whether it went well.</returns>
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
            // Another program writes; what is to be stored waits, and lookups are not in its way.
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

    /// <summary>Does without the store until somebody finds it usable again.</summary>
    public void GiveUp(string reason)
    {
        if (Interlocked.Exchange(ref _isAway, 1) == 0)
            log.CacheIsAway(reason);
    }

    public void Return()
    {
        if (Interlocked.Exchange(ref _isAway, 0) != 0)
            log.CacheIsBack();
    }
}

namespace ReliableDownload.Api.Limiting;

/// <summary>How fast one connection may send: not faster than its client, nor than all together. For one sender at a time.</summary>
/// <param name="ofClient">The client's rate; null for no limit of its own.</param>
/// <param name="ofAll">That of all; null for none.</param>
/// <param name="clock">The clock.</param>
/// <param name="closed">The end of the connection, which ends the waiting.</param>
internal sealed class SendPace(SendRate? ofClient, SendRate? ofAll, TimeProvider clock, CancellationToken closed)
{
    /// <summary>Waits until bytes may be sent. When the connection is closed it returns at once, and sending will fail.</summary>
    /// <param name="wanted">Bytes; at least 1.</param>
    /// <returns>How many may be sent now, from 1 to <paramref name="wanted"/>.</returns>
    public async ValueTask<int> TakeAsync(int wanted)
    {
        var (count, wait) = ofClient?.Reserve(wanted) ?? (wanted, TimeSpan.Zero);
        if (ofAll is not null)
        {
            var (share, turn) = ofAll.Reserve(count);
            ofClient?.Return(count - share);
            (count, wait) = (share, turn > wait ? turn : wait);
        }

        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, clock, closed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (closed.IsCancellationRequested)
        {
            // Who leaves while waiting must not take the others' turn.
            ofClient?.Return(count);
            ofAll?.Return(count);
        }

        return count;
    }
}

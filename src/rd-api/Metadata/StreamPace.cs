using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Metadata;

/// <summary>Decides when a stream sends digests and when it reports that there are none. One per stream.</summary>
internal sealed class StreamPace(TimeProvider time)
{
    // Half of what the protocol allows, so that a slightly late line does not look like a dead connection.
    private static readonly TimeSpan MaxSilence = Wire.MaxSilence / 2;

    // Thousands of digests arrive per second; a line and a packet for each would cost more than hashing.
    private static readonly TimeSpan MinPause = TimeSpan.FromMilliseconds(20);

    private long _spoken = time.GetTimestamp();
    private long? _woken;

    /// <summary>Records that a line was written.</summary>
    public void Spoke() => _spoken = time.GetTimestamp();

    /// <summary>Waits for <paramref name="news"/>, and gathers digests that arrive quickly one after the other.</summary>
    /// <returns>False if the client is to be told that there is nothing new.</returns>
    public async Task<bool> WaitAsync(Task news, CancellationToken cancellationToken)
    {
        var limit = MaxSilence - time.GetElapsedTime(_spoken);
        if (limit > TimeSpan.Zero)
            await news.WaitAsync(limit, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();

        var pause = _woken is { } woken ? MinPause - time.GetElapsedTime(woken) : TimeSpan.Zero;
        if (pause > TimeSpan.Zero)
            await Task.Delay(pause, time, cancellationToken);
        _woken = time.GetTimestamp();
        return time.GetElapsedTime(_spoken) < MaxSilence;
    }
}

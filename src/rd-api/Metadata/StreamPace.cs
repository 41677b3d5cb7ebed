using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Metadata;

/// <summary>When a stream looks for digests and when it says that there are none: not too often, not too seldom. One for each stream.</summary>
internal sealed class StreamPace(TimeProvider time)
{
    // Half of what the protocol allows, so that a line which is a little late is not taken for a dead connection.
    private static readonly TimeSpan MaxSilence = Wire.MaxSilence / 2;

    // Digests come by the thousand a second; a line and a packet for each would cost more than hashing them.
    private static readonly TimeSpan MinPause = TimeSpan.FromMilliseconds(20);

    private long _spoken = time.GetTimestamp();
    private long? _woken;

    /// <summary>A line was written.</summary>
    public void Spoke() => _spoken = time.GetTimestamp();

    /// <summary>Waits for <paramref name="news"/>, gathering what comes fast.</summary>
    /// <returns>False when the client is to be told that there is nothing new.</returns>
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

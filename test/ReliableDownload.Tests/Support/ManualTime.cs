namespace ReliableDownload.Tests.Support;

/// <summary>A clock that a test moves. Its timers are real ones.</summary>
internal sealed class ManualTime : TimeProvider
{
    private TimeSpan _ahead;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _ahead;

    public override long GetTimestamp() => base.GetTimestamp() + (long)(_ahead.TotalSeconds * TimestampFrequency);

    public void Advance(TimeSpan time) => _ahead += time;
}

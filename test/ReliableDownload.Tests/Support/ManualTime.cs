namespace ReliableDownload.Tests.Support;

/// <summary>A clock that a test moves. Its timers are real ones.</summary>
/// <param name="stands">Whether it stands still otherwise, or goes like the system's.</param>
internal sealed class ManualTime(bool stands = false) : TimeProvider
{
    private readonly DateTimeOffset _begun = System.GetUtcNow();
    private readonly long _begunTimestamp = System.GetTimestamp();
    private TimeSpan _ahead;

    public override DateTimeOffset GetUtcNow() => (stands ? _begun : base.GetUtcNow()) + _ahead;

    public override long GetTimestamp() => (stands ? _begunTimestamp : base.GetTimestamp()) + (long)(_ahead.TotalSeconds * TimestampFrequency);

    public void Advance(TimeSpan time) => _ahead += time;
}

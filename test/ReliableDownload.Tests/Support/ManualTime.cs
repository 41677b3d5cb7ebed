namespace ReliableDownload.Tests.Support;

/// <summary>A clock that a test moves. Its timers are real ones.</summary>
/// <param name="stands">Whether it stands still otherwise, or goes like the system's.</param>
internal sealed class ManualTime(bool stands = false) : TimeProvider
{
    private readonly DateTimeOffset _begun = System.GetUtcNow();
    private readonly long _begunTimestamp = System.GetTimestamp();
    private TimeSpan _ahead;
    private TimeSpan _setBack;

    public override DateTimeOffset GetUtcNow() => (stands ? _begun : base.GetUtcNow()) + _ahead - _setBack;

    public override long GetTimestamp() => (stands ? _begunTimestamp : base.GetTimestamp()) + (long)(_ahead.TotalSeconds * TimestampFrequency);

    public void Advance(TimeSpan time) => _ahead += time;

    /// <summary>As if somebody set the time of day; timestamps go on.</summary>
    public void SetBack(TimeSpan time) => _setBack += time;
}

namespace ReliableDownload.Tests.Support;

/// <summary>
/// The system's clock, which a test can put forward, or set back as an administrator would. For what the framework's <c>FakeTimeProvider</c> cannot do: it
/// stands still between the test's steps, so that a wait of a monitor never ends, and its timestamps go back with the time of day.
/// </summary>
internal sealed class ManualTime : TimeProvider
{
    private TimeSpan _ahead;
    private TimeSpan _setBack;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _ahead - _setBack;

    public override long GetTimestamp() => base.GetTimestamp() + (long)(_ahead.TotalSeconds * TimestampFrequency);

    public void Advance(TimeSpan time) => _ahead += time;

    /// <summary>As if somebody set the time of day; timestamps go on.</summary>
    public void SetBack(TimeSpan time) => _setBack += time;
}

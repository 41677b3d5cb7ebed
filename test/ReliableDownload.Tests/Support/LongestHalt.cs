namespace ReliableDownload.Tests.Support;

/// <summary>How long a client of a test stood still at most, by when it came to look: where the machine made it wait for too long, being cut is right.</summary>
internal sealed class LongestHalt
{
    private long _last = TimeProvider.System.GetTimestamp();

    public TimeSpan Time { get; private set; }

    public void Look()
    {
        var now = TimeProvider.System.GetTimestamp();
        Time = TimeSpan.FromTicks(Math.Max(Time.Ticks, TimeProvider.System.GetElapsedTime(_last, now).Ticks));
        _last = now;
    }
}

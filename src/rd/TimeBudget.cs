namespace ReliableDownload.Rd;

/// <summary>The time that a command may take (--max-time), however many files it has. Begins when it is made.</summary>
internal sealed class TimeBudget(TimeSpan? max, TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();

    /// <summary>What is left of it; null if there is no limit.</summary>
    public TimeSpan? Left => max is not { } all ? null
        : all - time.GetElapsedTime(_started) is { Ticks: > 0 } left ? left
        : TimeSpan.FromTicks(1);
}

namespace ReliableDownload.Bench.Link;

/// <summary>
/// When the line carries nothing: from <see cref="Start"/> for <see cref="Length"/>, and again after each
/// <see cref="Period"/> if there is one.
/// </summary>
internal sealed record Outage(TimeSpan Start, TimeSpan Length, TimeSpan? Period)
{
    /// <summary>Whether the line is away at any moment between the two, the time that a packet is on it.</summary>
    public bool Touches(TimeSpan from, TimeSpan to)
    {
        if (to < Start)
            return false;
        var lastStart = Period is { } period ? to - TimeSpan.FromTicks((to - Start).Ticks % period.Ticks) : Start;
        return from < lastStart + Length;
    }
}

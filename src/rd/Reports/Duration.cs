namespace ReliableDownload.Rd.Reports;

/// <summary>A span of time as people read it: at most two units, as in <c>3 min 05 s</c>.</summary>
internal readonly record struct Duration(TimeSpan Time)
{
    public override string ToString()
    {
        // Rounded first, so that 59.97 s is a minute and never "60 s".
        if (Time.TotalSeconds < 9.95)
            return $"{Time.TotalSeconds:F1} s";
        var time = TimeSpan.FromSeconds(Math.Round(Time.TotalSeconds));
        return time switch
        {
            { TotalMinutes: < 1 } => $"{time.Seconds} s",
            { TotalHours: < 1 } => $"{time.Minutes} min {time.Seconds:00} s",
            { TotalDays: < 1 } => $"{time.Hours} h {time.Minutes:00} min",
            _ => $"{time.Days} d {time.Hours:00} h",
        };
    }
}

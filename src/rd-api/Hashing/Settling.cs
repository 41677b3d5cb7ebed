using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// When a file's identity tells all of its content. A file system's clock ticks coarsely (milliseconds on Linux, 2 s on FAT): a
/// file that was changed a moment ago may change again within the tick, and then has another content under the same identity.
/// </summary>
internal static class Settling
{
    /// <summary>How old a change must be before the next one is sure to show.</summary>
    public static readonly TimeSpan Time = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long it takes from now on until what is read of the file may be believed for good: no time, unless it changed just now. Times of
    /// the future (a clock that was set back) are no reason to wait: the next change will show another time.
    /// </summary>
    public static TimeSpan SettlingTime(this FileIdentity identity, DateTimeOffset now)
    {
        var changed = After1970(identity.Changed);
        var modified = After1970(identity.Modified);
        var latest = IsYoung(modified, now) && (modified > changed || !IsYoung(changed, now)) ? modified : changed;
        return IsYoung(latest, now) ? latest + Time - now : TimeSpan.Zero;
    }

    private static bool IsYoung(DateTimeOffset change, DateTimeOffset now) => (now - change).Duration() < Time;

    private static DateTimeOffset After1970(long nanoseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / TimeSpan.NanosecondsPerTick);
}

using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// When a file's identity determines its content. File system clocks are coarse (milliseconds on Linux, 2 s on FAT): a
/// file that changed a moment ago may change again within the same tick, and then have another content under the same identity.
/// </summary>
internal static class Settling
{
    /// <summary>How old a change must be for the next one to be certain to show.</summary>
    public static readonly TimeSpan Time = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long it takes until what is read of the file can be trusted permanently: zero, unless it changed just now. A time in the
    /// future (a clock that was set back) is no reason to wait: the next change will show another time.
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

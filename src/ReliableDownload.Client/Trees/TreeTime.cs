using System.Globalization;

namespace ReliableDownload.Client.Trees;

/// <summary>A time of RFC 3339 as nanoseconds after 1970: the framework's own types stop at 100 ns, and then two times that are the same would differ.</summary>
internal static class TreeTime
{
    private const int SecondsLength = 19; // 2026-05-01T10:00:00
    private const long Second = 1_000_000_000;

    // What 64 bits hold: from 1677 to 2262.
    private const long MaxSeconds = long.MaxValue / Second;

    /// <summary>A time that only a file system with nanoseconds keeps.</summary>
    public const long Probe = 1_700_000_001_123_456_789;

    // Most file systems; network file systems and those of Windows; exFAT; HFS+; FAT.
    private static readonly long[] Units = [1, 100, 1_000, 1_000_000, 10_000_000, Second, 2 * Second];

    /// <summary>The unit of a file system's times, by what it keeps of <see cref="Probe"/>.</summary>
    public static long UnitOf(long kept) => Array.Find(Units, unit => Probe - (Probe % unit) == kept) is > 0 and var found ? found : 1;

    /// <summary>Whether a file system with this unit of times keeps a time as another one.</summary>
    public static bool IsKeptAs(long time, long kept, long unit) => kept == time - (time % unit);

    /// <summary>Whether some file system does.</summary>
    public static bool IsKeptAs(long time, long kept) => Array.Exists(Units, unit => IsKeptAs(time, kept, unit));

    /// <returns>Null where it is none, or further from now than file systems go.</returns>
    public static long? Parse(string? text)
    {
        if (text is null || text.Length <= SecondsLength)
            return null;
        var fraction = 0L;
        var end = SecondsLength;
        if (text[end] == '.')
        {
            var unit = Second / 10;
            for (end++; end < text.Length && char.IsAsciiDigit(text[end]); end++, unit /= 10)
                fraction += (text[end] - '0') * unit;
        }

        if (!DateTimeOffset.TryParseExact(
            string.Concat(text.AsSpan(0, SecondsLength), text.AsSpan(end)), ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:sszzz"],
            CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            return null;
        var seconds = time.ToUnixTimeSeconds();
        return Math.Abs(seconds) < MaxSeconds ? (seconds * Second) + fraction : null;
    }
}

using System.Globalization;

namespace ReliableDownload.Api.Trees;

/// <summary>Writes times as RFC 3339 with all digits: the framework's own end at 100 ns, and a copy with other ones is another version.</summary>
internal static class TreeTime
{
    /// <summary>Characters, at most.</summary>
    public const int MaxLength = 32;

    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <param name="nanoseconds">After 1970 (UTC).</param>
    /// <param name="text">Of <see cref="MaxLength"/> bytes.</param>
    /// <returns>How many were written.</returns>
    public static int Format(long nanoseconds, Span<byte> text)
    {
        var fraction = ((nanoseconds % NanosecondsPerSecond) + NanosecondsPerSecond) % NanosecondsPerSecond;
        var seconds = DateTime.UnixEpoch.AddSeconds((nanoseconds - fraction) / NanosecondsPerSecond);
        seconds.TryFormat(text, out var length, "yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture);
        if (fraction > 0)
        {
            text[length++] = (byte)'.';
            fraction.TryFormat(text[length..], out var digits, "D9", CultureInfo.InvariantCulture);
            length += digits;
            while (text[length - 1] == '0')
                length--;
        }

        text[length++] = (byte)'Z';
        return length;
    }
}

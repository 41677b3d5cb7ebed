using System.Globalization;

namespace ReliableDownload.Api.Listing;

/// <summary>Sizes and times as people read them, the same on every server.</summary>
internal static class Figures
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>As in "1.5 GiB"; never larger than the size.</summary>
    public static string Size(long bytes)
    {
        var unit = 0;
        var size = (double)bytes;
        for (; size >= 1024 && unit < Units.Length - 1; unit++)
            size /= 1024;
        var digits = unit == 0 || size >= 100 ? 0 : 1;
        var scale = digits == 0 ? 1 : 10;
        size = Math.Floor(size * scale) / scale;
        return string.Create(CultureInfo.InvariantCulture, $"{size.ToString($"F{digits}", CultureInfo.InvariantCulture)} {Units[unit]}");
    }

    /// <summary>As in "1,234 bytes".</summary>
    public static string Bytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} {(bytes == 1 ? "byte" : "bytes")}");

    /// <summary>As in "2,000 files".</summary>
    public static string Count(int count, string one, string several) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? one : several)}");
}

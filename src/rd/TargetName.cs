using System.Text;

namespace ReliableDownload.Rd;

/// <summary>The name that a downloaded file gets: the last segment of the URL's path, whatever the server says.</summary>
internal static class TargetName
{
    /// <summary>The longest name that Linux file systems accept, in bytes of UTF-8 (NAME_MAX).</summary>
    private const int MaxBytes = 255;

    private static readonly string[] Devices = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

    /// <summary>The name derived from <paramref name="url"/>, or null with the reason in <paramref name="problem"/>.</summary>
    public static string? Of(Uri url, out string problem)
    {
        // Percent-encoded bytes that are not UTF-8 stay encoded, so that the file gets a name that can be typed.
        var name = Uri.UnescapeDataString(url.AbsolutePath[(url.AbsolutePath.LastIndexOf('/') + 1)..]);
        problem = name switch
        {
            "" => "names no file, but a folder",
            "." or ".." => "names no file",
            _ when OperatingSystem.IsWindows() && IsReservedOnWindows(name) => "names a file with a name that Windows keeps for itself",
            _ when name.Contains('/') || name.Contains('\\') => "names a file with a slash or backslash in its name, which is not safe to write",
            _ when name.Any(char.IsControl) => "names a file with control characters in its name, which is not safe to write",
            _ when name.AsSpan().IndexOfAny(Path.GetInvalidFileNameChars()) >= 0 => "names a file with characters that this system has not in names",
            _ when Encoding.UTF8.GetByteCount(name) > MaxBytes => $"names a file whose name is longer than {MaxBytes} bytes",
            _ => "",
        };
        return problem.Length == 0 ? name : null;
    }

    /// <summary>Whether Windows treats a name as a device, whatever its extension, or drops its last characters.</summary>
    internal static bool IsReservedOnWindows(string name)
    {
        var stem = name.Split('.')[0].TrimEnd(' ');
        return name[^1] is '.' or ' '
            || Devices.Contains(stem, StringComparer.OrdinalIgnoreCase)
            || (stem.Length == 4 && stem[3] is (>= '0' and <= '9') or '¹' or '²' or '³'
                && (stem.StartsWith("COM", StringComparison.OrdinalIgnoreCase) || stem.StartsWith("LPT", StringComparison.OrdinalIgnoreCase)));
    }
}

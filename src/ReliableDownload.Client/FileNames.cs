using System.Globalization;
using System.Text;

namespace ReliableDownload.Client;

/// <summary>Names for files that come from outside, and what file systems make of them.</summary>
public static class FileNames
{
    /// <summary>The longest name that Linux file systems accept, in bytes of UTF-8 (NAME_MAX).</summary>
    public const int MaxBytes = 255;

    private const char Substitute = '_';

    // Longer than any extension in use; what is behind a point so far from the end is no extension.
    private const int MaxExtension = 16;

    private static readonly string[] Devices = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

    /// <summary>Whether Windows treats a name as a device, whatever its extension, or drops its last characters.</summary>
    public static bool IsReservedOnWindows(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var stem = name.Split('.')[0].TrimEnd(' ');
        return name[^1] is '.' or ' '
            || Devices.Contains(stem, StringComparer.OrdinalIgnoreCase)
            || (stem.Length == 4 && stem[3] is (>= '0' and <= '9') or '¹' or '²' or '³'
                && (stem.StartsWith("COM", StringComparison.OrdinalIgnoreCase) || stem.StartsWith("LPT", StringComparison.OrdinalIgnoreCase)));
    }

    /// <summary>
    /// A name that is safe to create in any folder, the same on every system: of a path the last part, no hidden file, no characters that separate, control or reorder
    /// text, no device of Windows, not too long. Null where nothing is left.
    /// </summary>
    internal static string? Clean(string name)
    {
        var last = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
        var clean = string.Concat(last.EnumerateRunes().Select(rune => IsUnsafe(rune) ? new Rune(Substitute) : rune)).Trim().TrimEnd('.', ' ');
        if (clean.StartsWith('.'))
            clean = Substitute + clean[1..];
        // Nothing that means anything is left.
        if (clean.All(character => character is Substitute or '.' or ' '))
            return null;
        if (IsReservedOnWindows(clean))
            clean = Substitute + clean;
        return Shortened(clean);
    }

    private static bool IsUnsafe(Rune rune) =>
        rune == Rune.ReplacementChar
        || rune.Value is '<' or '>' or ':' or '"' or '|' or '?' or '*'
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static string Shortened(string name)
    {
        if (Encoding.UTF8.GetByteCount(name) <= MaxBytes)
            return name;
        var extension = Path.GetExtension(name) is { Length: <= MaxExtension } end ? end : "";
        var room = MaxBytes - Encoding.UTF8.GetByteCount(extension);
        var stem = new StringBuilder();
        foreach (var rune in name[..^extension.Length].EnumerateRunes())
        {
            room -= rune.Utf8SequenceLength;
            if (room < 0)
                break;
            stem.Append(rune);
        }

        return stem.ToString().TrimEnd() + extension;
    }
}

using System.CommandLine;

namespace ReliableDownload.Manual;

/// <summary>
/// Reads files of options that need not be typed each time: <c>name = value</c>, one a line, with the names of the command line. Empty lines and those that begin with
/// <c>#</c> say nothing. Both programs read theirs by this.
/// </summary>
public static class SavedOptionFile
{
    private const int MaxLines = 10_000;

    // Far more than so many lines need, and little enough to be read at once.
    private const long MaxBytes = 4 << 20;

    /// <exception cref="InvalidDataException">It is too large to be such a file; the message is a sentence without its full stop.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static IReadOnlyList<SavedOptionLine> Read(string path)
    {
        if (new FileInfo(path) is { Exists: true, Length: > MaxBytes })
            throw new InvalidDataException($"{path} is larger than {MaxBytes >> 20} MiB");
        var lines = new List<SavedOptionLine>();
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            if (++number > MaxLines)
                throw new InvalidDataException($"{path} has more than {MaxLines} lines");
            var text = line.Trim();
            if (text.Length == 0 || text[0] == '#')
                continue;
            var parts = text.Split('=', 2);
            lines.Add(new SavedOptionLine(parts[0].Trim().TrimStart('-'), parts.Length > 1 ? parts[1].Trim() : "", $"{path}, line {number}"));
        }

        return lines;
    }

    /// <summary>What stands for a saved value on the command line.</summary>
    /// <param name="option">The option.</param>
    /// <param name="value">As it was saved; a switch may have none.</param>
    /// <param name="argument">Null for a switch that is off.</param>
    /// <returns>False if it is neither on nor off, but has to be.</returns>
    public static bool TryArgument(Option option, string value, out string? argument)
    {
        argument = $"{option.Name}={value}";
        if (option.Kind() != ValueKind.None)
            return true;
        (var isSwitch, argument) = value switch
        {
            "" or "true" or "yes" or "1" => (true, option.Name),
            "false" or "no" or "0" => (true, null),
            _ => (false, null),
        };
        return isSwitch;
    }
}

/// <summary>A line of such a file.</summary>
/// <param name="Name">The option's name, without dashes.</param>
/// <param name="Value">What follows the equals sign; empty if nothing does.</param>
/// <param name="Place">The file and the line, for sentences.</param>
public sealed record SavedOptionLine(string Name, string Value, string Place);

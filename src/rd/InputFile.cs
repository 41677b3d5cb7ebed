using ReliableDownload.Client;

namespace ReliableDownload.Rd;

/// <summary>
/// A list of URLs in a file, in the form of aria2's: a URL a line, and below it indented lines with options for it. Empty lines and lines
/// that begin with <c>#</c> count for nothing.
/// </summary>
internal static class InputFile
{
    /// <summary>The name for standard input.</summary>
    public const string StandardInput = "-";

    // A list is read before the first download; nobody wants more than that at once.
    private const int MaxLines = 1_000_000;

    // No server takes a longer URL.
    private const int MaxLineLength = 64 << 10;

    /// <exception cref="UsageException">A line is not what it should be.</exception>
    /// <exception cref="UnusableFileException">It cannot be read.</exception>
    public static IReadOnlyList<InputLine> Read(string path)
    {
        try
        {
            using var reader = path == StandardInput ? Console.In : new StreamReader(path);
            return Read(path, reader);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            var reason = Directory.Exists(path) ? "is a folder"
                : error is FileNotFoundException or DirectoryNotFoundException ? "does not exist"
                : $"cannot be read: {error.Message}";
            throw new UnusableFileException($"the input file '{path}' {reason}");
        }
    }

    private static List<InputLine> Read(string path, TextReader reader)
    {
        var lines = new List<InputLine>();
        for (var number = 1; reader.ReadLine() is { } line; number++)
        {
            if (line.Length > MaxLineLength)
                throw new UsageException($"The input file '{path}' has lines of more than {MaxLineLength} characters, so it is something else.");
            if (number > MaxLines)
                throw new UsageException($"The input file '{path}' has more than {MaxLines} lines.");
            var text = line.Trim();
            var place = $"{(path == StandardInput ? "standard input" : path)}, line {number}";
            if (text.Length == 0 || text[0] == '#')
                continue;
            if (!char.IsWhiteSpace(line[0]))
                lines.Add(new InputLine(text, place));
            else if (lines.Count == 0)
                throw new UsageException($"{place}: an indented line belongs to the URL above it, and there is none.");
            else
                lines[^1] = WithOption(lines[^1], text, place);
        }

        return lines;
    }

    private static InputLine WithOption(InputLine line, string text, string place)
    {
        var parts = text.Split('=', 2);
        var (name, value) = (parts[0].Trim(), parts.Length > 1 ? parts[1].Trim() : "");
        if (name == "out" && value.Length > 0)
            return line with { Output = value };
        if (name == "checksum" && Checksum.TryParse(value, out var checksum))
            return line with { Checksum = checksum };
        throw new UsageException(name switch
        {
            "out" => $"{place}: 'out=' takes the path of a file.",
            "checksum" => $"{place}: 'checksum=' takes a name ({Checksum.Names}), '=' and the digest in hex, not '{value}'.",
            _ => $"{place}: there are the options 'out=' and 'checksum=', not '{name}'.",
        });
    }
}

/// <summary>A URL of the list, with its options.</summary>
/// <param name="Place">Where it is, for messages.</param>
internal sealed record InputLine(string Url, string Place)
{
    public string? Output { get; init; }

    public Checksum? Checksum { get; init; }
}

using System.CommandLine;

namespace ReliableDownload.Manual;

/// <summary>What the man page of a program says. Its options come from the command that parses them, so the two cannot differ.</summary>
public sealed record ProgramManual
{
    public required Command Command { get; init; }

    /// <summary>The program's name and version, for the page's footer.</summary>
    public required string Version { get; init; }

    /// <summary>What stands between the options and the end of the page, in that order.</summary>
    public required IReadOnlyList<ManualSection> Sections { get; init; }
}

/// <summary>A section of a man page: paragraphs, and after them a list of terms.</summary>
/// <param name="Title">In capitals, by tradition.</param>
/// <param name="Paragraphs">Plain text; may be empty.</param>
/// <param name="Terms">What is explained, and how; may be empty.</param>
public sealed record ManualSection(string Title, IReadOnlyList<string> Paragraphs, IReadOnlyList<(string Term, string Text)> Terms);

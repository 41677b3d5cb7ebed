using System.CommandLine;

namespace ReliableDownload.Manual;

/// <summary>The content of a program's man page. Its options come from the command that parses them, so the two cannot differ.</summary>
public sealed record ProgramManual
{
    public required Command Command { get; init; }

    /// <summary>The program's name and version, for the page's footer.</summary>
    public required string Version { get; init; }

    /// <summary>The sections after the options, in order.</summary>
    public required IReadOnlyList<ManualSection> Sections { get; init; }
}

/// <summary>A section of a man page: paragraphs, and after them a list of terms.</summary>
/// <param name="Title">In capitals, by tradition.</param>
/// <param name="Paragraphs">Plain text; may be empty.</param>
/// <param name="Terms">Terms and their explanations; may be empty.</param>
public sealed record ManualSection(string Title, IReadOnlyList<string> Paragraphs, IReadOnlyList<(string Term, string Text)> Terms);

using System.CommandLine;

namespace ReliableDownload.Manual;

/// <summary>What a program's help and man page say. The options come from the command that parses them, so they cannot differ.</summary>
public sealed record ProgramManual
{
    public required Command Command { get; init; }

    /// <summary>First words that have options of their own instead, for completion.</summary>
    public IReadOnlyList<Command> Words { get; init; } = [];

    /// <summary>The command's options under their headings, in order.</summary>
    public required IReadOnlyList<OptionGroup> Groups { get; init; }

    /// <summary>The program's name and version, for the page's footer.</summary>
    public required string Version { get; init; }

    /// <summary>The sections after the options, in order.</summary>
    public required IReadOnlyList<ManualSection> Sections { get; init; }
}

/// <summary>Options that belong together.</summary>
/// <param name="Heading">Such as <c>Files</c>.</param>
/// <param name="Options">In the order of the help.</param>
public sealed record OptionGroup(string Heading, IReadOnlyList<Option> Options);

/// <summary>A section of a man page: paragraphs, and after them a list of terms.</summary>
/// <param name="Title">In capitals, by tradition.</param>
/// <param name="Paragraphs">Plain text; may be empty.</param>
/// <param name="Terms">Terms and their explanations; may be empty.</param>
public sealed record ManualSection(string Title, IReadOnlyList<string> Paragraphs, IReadOnlyList<(string Term, string Text)> Terms);

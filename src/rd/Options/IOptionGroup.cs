using System.CommandLine;
using System.CommandLine.Parsing;

namespace ReliableDownload.Rd.Options;

/// <summary>Options that belong together: declares them, checks them, and says what they mean for the downloads.</summary>
internal interface IOptionGroup
{
    /// <summary>Above the options in the help.</summary>
    string Heading { get; }

    /// <summary>In the order of the help.</summary>
    IReadOnlyList<Option> Options { get; }

    /// <summary>Adds an error for options that exclude each other.</summary>
    void Check(CommandResult result)
    {
    }

    /// <summary><paramref name="options"/> with what the user chose here.</summary>
    RdOptions Read(ParseResult parsed, RdOptions options);
}

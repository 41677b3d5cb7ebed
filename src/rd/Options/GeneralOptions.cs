using System.CommandLine;

namespace ReliableDownload.Rd.Options;

/// <summary>Questions about rd itself.</summary>
internal sealed class GeneralOptions : IOptionGroup
{
    public string Heading => "General";

    // Not the parser's own HelpOption and VersionOption: their texts come from resources, which took 3 of the 18 ms that rd needed to start.
    public Option<bool> Help { get; } = OptionValues.Question("--help", "-h", "Show help and usage information");

    public Option<bool> Version { get; } = OptionValues.Question("--version", "-V", "Show version information");

    public IReadOnlyList<Option> Options => [Version, Help];

    public RdOptions Read(ParseResult parsed, RdOptions options) => options;
}

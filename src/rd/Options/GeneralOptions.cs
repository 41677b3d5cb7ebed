using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace ReliableDownload.Rd.Options;

/// <summary>Questions about rd itself.</summary>
internal sealed class GeneralOptions : IOptionGroup
{
    public string Heading => "General";

    public HelpOption Help { get; } = new("--help", "-h");

    public VersionOption Version { get; } = new("--version", "-V") { Action = new Never() };

    public IReadOnlyList<Option> Options => [Version, Help];

    public RdOptions Read(ParseResult parsed, RdOptions options) => options;

    // The parser must not complain of what else is on the command line; the answer is CommandLine's.
    private sealed class Never : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult) => 0;
    }
}

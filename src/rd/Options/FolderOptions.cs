using System.CommandLine;
using System.CommandLine.Parsing;
using ReliableDownload.Client;

namespace ReliableDownload.Rd.Options;

/// <summary>Whether the URLs are folders, and what is done with what is in them.</summary>
internal sealed class FolderOptions : IOptionGroup
{
    private readonly Option<bool> _recursive =
        OptionValues.Switch(Arguments.Recursive, null, "Download whole folders (URLs that end with /) from an rd-api; also as -r, if no number follows");

    public string Heading => "Folders";

    public IReadOnlyList<Option> Options => [_recursive];

    public void Check(CommandResult result)
    {
    }

    public RdOptions Read(ParseResult parsed, RdOptions options) => options with
    {
        Tree = parsed.GetValue(_recursive) ? new TreeOptions() : null,
    };
}

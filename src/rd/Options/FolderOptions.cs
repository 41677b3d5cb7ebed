using System.CommandLine;
using System.CommandLine.Parsing;
using ReliableDownload.Client;

namespace ReliableDownload.Rd.Options;

/// <summary>Whether the URLs are folders, and what is done with what is in them.</summary>
internal sealed class FolderOptions : IOptionGroup
{
    private readonly Option<bool> _recursive =
        OptionValues.Switch(Arguments.Recursive, null, "Download whole folders (URLs that end with /) from an rd-api; also as -r, if no number follows");

    private readonly Option<bool> _plain =
        OptionValues.Switch("--recursive-plain", null, "The same from any other server, by the links of its HTML listings");

    private readonly Option<string[]> _include = Patterns("--include", "Only what this pattern names, as in a .gitignore; may be repeated");

    private readonly Option<string[]> _exclude = Patterns("--exclude", "Nothing that this pattern names; may be repeated");

    private readonly Option<bool> _delete = OptionValues.Switch("--delete", null, "Delete what is in the folder here and not on the server");

    private readonly Option<int> _maxDelete =
        OptionValues.WholeNumber("--max-delete", null, TreeOptions.DefaultMaxDelete, 0, int.MaxValue, "Delete nothing at all if more files and folders than this would go");

    private readonly Option<bool> _dryRun = OptionValues.Switch("--dry-run", null, "Only say what would be fetched, replaced and deleted");

    private readonly Option<string> _compare = OptionValues.Word("--compare", "How files that are there already are compared: by size and time, or by their bytes", "time", "content");

    private readonly Option<string?> _linkDest = new("--link-dest")
    {
        Description = "Folder of an earlier copy: what is the same is cloned or hard-linked from there, once proven",
        HelpName = "DIR",
    };

    private readonly Option<int> _maxEntries = OptionValues.WholeNumber(
        "--max-entries", null, (int)TreeOptions.DefaultMaxEntries, 1, int.MaxValue, "Give up if the server lists more files and folders than this");

    public string Heading => "Folders";

    public IReadOnlyList<Option> Options => [_recursive, _plain, _include, _exclude, _delete, _maxDelete, _dryRun, _compare, _linkDest, _maxEntries];

    public void Check(CommandResult result)
    {
        if (!result.GetValue(_recursive) && !result.GetValue(_plain) && Options.FirstOrDefault(option => result.GetResult(option) is { Implicit: false }) is { } needs)
            result.AddError($"{needs.Name} is for whole folders; add -r.");
    }

    public RdOptions Read(ParseResult parsed, RdOptions options) => options with
    {
        Tree = !parsed.GetValue(_recursive) && !parsed.GetValue(_plain) ? null : new TreeOptions
        {
            Plain = parsed.GetValue(_plain),
            Include = parsed.GetValue(_include) ?? [],
            Exclude = parsed.GetValue(_exclude) ?? [],
            Delete = parsed.GetValue(_delete),
            MaxDelete = parsed.GetRequiredValue(_maxDelete),
            DryRun = parsed.GetValue(_dryRun),
            CompareContent = parsed.GetRequiredValue(_compare) == "content",
            LinkFrom = parsed.GetValue(_linkDest) is { Length: > 0 } folder ? folder : null,
            MaxEntries = parsed.GetRequiredValue(_maxEntries),
        },
    };

    private static Option<string[]> Patterns(string name, string description)
    {
        var option = new Option<string[]>(name) { Description = description, HelpName = "PATTERN", AllowMultipleArgumentsPerToken = false };
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
            {
                if (TreeOptions.ProblemOf(token.Value) is { } problem)
                    result.AddError($"{name}: {problem}.");
            }
        });
        return option;
    }
}

using System.CommandLine;
using System.CommandLine.Parsing;

namespace ReliableDownload.Rd.Options;

/// <summary>What rd says, and where.</summary>
internal sealed class MessageOptions : IOptionGroup
{
    private readonly Option<double> _progressInterval =
        OptionValues.Seconds("--progress-interval", "-i", 10, 86_400, "Seconds between progress lines if standard error is not a terminal");

    private readonly Option<bool> _quiet = OptionValues.Switch("--quiet", "-q", "Say nothing but errors");
    private readonly Option<bool> _verbose = OptionValues.Switch("--verbose", "-v", "Debug messages");
    private readonly Option<bool> _json = OptionValues.Switch("--json", null, "Report on standard output, one JSON object a line (docs/rd.md)");

    private readonly Option<string> _color =
        OptionValues.Word("--color", "Colors of the last lines; auto, the default: on a terminal, unless NO_COLOR is set", "auto", "always", "never");

    public string Heading => "Messages";

    public IReadOnlyList<Option> Options => [_progressInterval, _quiet, _verbose, _json, _color];

    public void Check(CommandResult result)
    {
        if (result.GetValue(_quiet) && result.GetValue(_verbose))
            result.AddError("--quiet and --verbose exclude each other.");
    }

    public RdOptions Read(ParseResult parsed, RdOptions options) => options with
    {
        ProgressInterval = TimeSpan.FromSeconds(parsed.GetRequiredValue(_progressInterval)),
        IsQuiet = parsed.GetValue(_quiet),
        IsVerbose = parsed.GetValue(_verbose),
        IsJson = parsed.GetValue(_json),
        Color = parsed.GetRequiredValue(_color),
    };
}

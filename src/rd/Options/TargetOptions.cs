using System.CommandLine;
using System.CommandLine.Parsing;
using ReliableDownload.Client;

namespace ReliableDownload.Rd.Options;

/// <summary>Where files go, what is kept, and where more URLs are.</summary>
internal sealed class TargetOptions : IOptionGroup
{
    private readonly Option<string> _outputDirectory = OptionValues.Folder("--output-dir", "-o", ".", "Where finished files go");

    private readonly Option<string?> _output =
        OptionValues.File("--output", "-O", "Path of the file, for one URL; a relative one is below the output dir; - writes to standard output");

    private readonly Option<bool> _contentDisposition =
        OptionValues.Switch("--content-disposition", null, "Take the name that the server suggests, made safe, instead of the URL's");

    private readonly Option<string> _temporaryDirectory = OptionValues.Folder(
        "--temp-dir", "-d", DownloadOptions.DefaultTemporaryDirectory, "Where unfinished downloads are kept, one folder per file");

    private readonly Option<bool> _force = OptionValues.Switch("--force", "-f", "Replace an existing target");

    private readonly Option<bool> _keep =
        OptionValues.Switch("--keep", "-k", "Keep the block data of a finished file, so that the same command can recreate it offline");

    private readonly Option<bool> _rollingCombine =
        OptionValues.Switch("--rolling-combine", "-l", "Never need room for the file twice, even if temp and output dir are on different file systems");

    private readonly Option<bool> _noMtime = OptionValues.Switch("--no-mtime", null, "Do not set the file's time to the server's Last-Modified");

    private readonly Option<string?> _inputFile =
        OptionValues.File("--input-file", null, "Read more URLs from this file, one a line; - is standard input (docs/rd.md)");

    // Scripts that call curl or wget have it.
    private readonly Option<bool> _continue = OptionValues.Switch("--continue", "-c", "Resume the download: rd always does");

    public string Heading => "Files";

    public IReadOnlyList<Option> Options => [_outputDirectory, _output, _contentDisposition, _temporaryDirectory, _force, _keep, _rollingCombine, _noMtime, _inputFile, _continue];

    public void Check(CommandResult result)
    {
        if (result.GetValue(_keep) && result.GetValue(_rollingCombine))
            result.AddError("--keep and --rolling-combine exclude each other: blocks are either kept or freed.");
    }

    public RdOptions Read(ParseResult parsed, RdOptions options) => options with
    {
        OutputDirectory = parsed.GetRequiredValue(_outputDirectory),
        Output = parsed.GetValue(_output),
        TakesServerNames = parsed.GetValue(_contentDisposition),
        InputFile = parsed.GetValue(_inputFile),
        Download = options.Download with
        {
            TemporaryDirectory = parsed.GetRequiredValue(_temporaryDirectory),
            Overwrite = parsed.GetValue(_force),
            KeepBlocks = parsed.GetValue(_keep),
            RollingCombine = parsed.GetValue(_rollingCombine),
            KeepServerTime = !parsed.GetValue(_noMtime),
        },
    };
}

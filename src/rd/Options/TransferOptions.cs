using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ReliableDownload.Client;

namespace ReliableDownload.Rd.Options;

/// <summary>How much rd does at once, and how patient it is.</summary>
internal sealed class TransferOptions : IOptionGroup
{
    private static readonly DownloadOptions Defaults = new();

    // 0 is auto: the parser takes no null for a value.
    private readonly Option<int> _worker = new("--worker", "-w")
    {
        Description = "Parallel connections; auto, the default, finds the best number",
        HelpName = "INT|auto",
        CustomParser = ParseWorker,
    };

    private readonly Option<Uri[]> _mirrors = new("--mirror")
    {
        Description = "Another place of the same file; may be repeated; for one URL",
        HelpName = "URL",
        AllowMultipleArgumentsPerToken = false,
        CustomParser = ParseMirrors,
    };

    private readonly Option<int> _jobs = OptionValues.WholeNumber("--jobs", "-j", 1, 1, RdOptions.MaxJobs, "Files that are downloaded at the same time");

    private readonly Option<int> _blockMaxRetry = OptionValues.WholeNumber(
        "--block-max-retry", "-r", Defaults.MaxAttempts, 0, 1_000_000, "Failed attempts in a row, without a byte of progress, before rd may give up");

    private readonly Option<int> _retryTime = OptionValues.WholeNumber(
        "--retry-time", "-t", (int)Defaults.MaxOutage.TotalSeconds, 0, 100_000_000,
        "Seconds without data, in addition to those attempts, before rd gives up once something came; 0 means never");

    public string Heading => "Transfer";

    public IReadOnlyList<Option> Options => [_worker, _mirrors, _jobs, _blockMaxRetry, _retryTime];

    public RdOptions Read(ParseResult parsed, RdOptions options) => options with
    {
        Jobs = parsed.GetRequiredValue(_jobs),
        Download = options.Download with
        {
            Mirrors = parsed.GetValue(_mirrors) ?? [],
            Connections = parsed.GetValue(_worker) is > 0 and var connections ? connections : Share(parsed.GetRequiredValue(_jobs)),
            MaxAttempts = Math.Max(1, parsed.GetRequiredValue(_blockMaxRetry)),
            MaxOutage = MaxOutage(parsed),
        },
    };

    // Several downloads at once would each find that more connections get more.
    private static int? Share(int jobs) => jobs == 1 ? null : Math.Max(1, DownloadOptions.MaxAutomaticConnections / jobs);

    // -r 0 is to rd 1.x not to try anything again.
    private TimeSpan MaxOutage(ParseResult parsed) => parsed.GetRequiredValue(_blockMaxRetry) == 0 && parsed.GetResult(_retryTime) is (null or { Implicit: true })
        ? TimeSpan.FromTicks(1)
        : TimeSpan.FromSeconds(parsed.GetRequiredValue(_retryTime));

    private static Uri[] ParseMirrors(ArgumentResult result)
    {
        var urls = new List<Uri>();
        foreach (var token in result.Tokens)
        {
            if (FileUrl.TryParse(token.Value, out var problem) is { } url)
                urls.Add(url.Location);
            else
                result.AddError($"--mirror: {problem}.");
        }

        return [.. urls];
    }

    private static int ParseWorker(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (text == "auto")
            return 0;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1)
            return Math.Min(number, DownloadOptions.MaxConnections); // rd 1.x takes any number.
        result.AddError($"--worker takes auto or a whole number from 1 on ({DownloadOptions.MaxConnections} are the most that are used), not '{text}'.");
        return 0;
    }
}

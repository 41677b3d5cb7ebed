using System.CommandLine;
using ReliableDownload.Client;
using ReliableDownload.Manual;
using ReliableDownload.Rd.Options;
using ReliableDownload.Rd.Reports;

namespace ReliableDownload.Rd;

/// <summary><c>rd verify</c>: compares files on disk with what proves them and, if wanted, repairs them.</summary>
internal sealed class VerifyCommand
{
    /// <summary>The word that chooses it.</summary>
    public const string Word = "verify";

    private readonly Argument<string[]> _files = new("FILE") { Description = "Files on disk", Arity = ArgumentArity.OneOrMore };

    private readonly Option<string?> _from = new("--from")
    {
        Description = "URL of the file, or a Metalink or a list (SHA256SUMS), on disk or at a URL; otherwise what is beside the file on disk",
        HelpName = "URL|FILE",
    };

    private readonly Option<bool> _repair = OptionValues.Switch("--repair", null, "Fetch what differs, and replace the file once it is proven");

    private readonly Option<bool> _help = OptionValues.Switch("--help", "-h", "Show help and usage information");

    private readonly IReadOnlyList<IOptionGroup> _groups = [new TransferOptions(), new ConnectionOptions(), new CredentialOptions()];
    private readonly Command _command;

    public VerifyCommand()
    {
        _command = new Command(Word, "Compares files on disk with what proves them, without fetching them, and prints the ranges that differ.") { _files, _from, _repair, _help };
        foreach (var option in _groups.SelectMany(group => group.Options))
            _command.Options.Add(option);
    }

    /// <summary>What <c>--help</c> prints.</summary>
    public string Help => HelpText.Write(new ProgramManual
    {
        Command = _command,
        Groups = [new OptionGroup("Verify", [_from, _repair]), .. _groups.Select(group => new OptionGroup(group.Heading, group.Options)), new OptionGroup("General", [_help])],
        Version = $"rd {ProductVersion.Number}",
        Sections = [],
    }).Replace($"\n  {Word} ", $"\n  rd {Word} ", StringComparison.Ordinal);

    /// <returns>Null if only help is wanted.</returns>
    /// <exception cref="UsageException">The arguments are invalid.</exception>
    public (IReadOnlyList<string> Files, string? From, bool Repairs, DownloadOptions Options)? Read(string[] arguments)
    {
        var parsed = _command.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.GetValue(_help))
            return null;
        if (parsed.Errors is [var first, ..])
            throw new UsageException(first.Message);
        foreach (var group in _groups)
            group.Check(parsed.CommandResult);
        if (parsed.CommandResult.Errors.FirstOrDefault() is { } error)
            throw new UsageException(error.Message);
        var files = parsed.GetRequiredValue(_files);
        if (files.FirstOrDefault(file => file.StartsWith('-')) is { } mistyped)
            throw new UsageException(UsageException.Sentence(NearOption.Problem(_command, mistyped)));
        var options = _groups.Aggregate(new RdOptions(), (options, group) => group.Read(parsed, options));
        return (files, parsed.GetValue(_from), parsed.GetValue(_repair), options.Download);
    }

    /// <returns>The code of the first file that is not proven, else 0.</returns>
    public static async Task<ExitCode> RunAsync(
        IReadOnlyList<string> files, string? from, bool repairs, DownloadOptions options, StandardError error, CancellationToken cancellationToken)
    {
        var place = from is null ? null : Uri.TryCreate(from, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? url : FileUrl.OfPath(from);
        var worst = ExitCode.Complete;
        foreach (var file in files)
        {
            var downloader = new Downloader(options with { OnEvent = happening => Tell(file, happening) });
            var result = await downloader.VerifyAsync(file, place, cancellationToken);
            Show(file, result, error);
            var outcome = result.Outcome == DownloadOutcome.NotProven && repairs ? await RepairAsync(file, result, options, error, cancellationToken) : result.Outcome;
            if (worst == ExitCode.Complete)
                worst = outcome.ToExitCode();
        }

        return worst;

        void Tell(string file, DownloadEvent happening)
        {
            if (!happening.IsDetail)
                error.WriteLine($"{file}: {happening.Message}");
        }
    }

    private static void Show(string file, VerifyResult result, StandardError error)
    {
        error.WriteLine(result.Outcome switch
        {
            DownloadOutcome.AlreadyComplete => $"{file}: proven by {result.Proof}",
            DownloadOutcome.NotProven => $"{file}: WRONG: {result.Message}",
            DownloadOutcome.Unproven => $"{file}: NOT PROVEN: {result.Message}",
            _ => $"rd: {file}: {result.Message}",
        });
        foreach (var (offset, length) in result.Differences)
            error.WriteLine($"  bytes {offset}-{offset + length - 1}");
    }

    // What is right in the file is copied to a new one, which takes its place when all of it is proven: a kill in between leaves the file as it was.
    private static async Task<DownloadOutcome> RepairAsync(string file, VerifyResult result, DownloadOptions options, StandardError error, CancellationToken cancellationToken)
    {
        if (result.Location is not { } location)
        {
            error.WriteLine($"rd: {file}: nobody says where the file can be had; name its URL with --from");
            return result.Outcome;
        }

        var repaired = await new Downloader(options with { Overwrite = true, Description = result.Description, OnEvent = null }).DownloadAsync(location, file, null, cancellationToken);
        error.WriteLine(repaired.IsSuccess
            ? $"{file}: repaired, {new ByteCount(repaired.BytesFetched)} fetched"
            : $"rd: {file}: not repaired: {(repaired.Message.Length > 0 ? repaired.Message : "nothing proves what came")}");
        return repaired.Outcome;
    }
}

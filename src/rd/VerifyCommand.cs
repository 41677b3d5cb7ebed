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

    private readonly Option<bool> _help = OptionValues.Question("--help", "-h", "Show help and usage information");

    private readonly IReadOnlyList<IOptionGroup> _groups = [new TransferOptions(), new ConnectionOptions(), new CredentialOptions(), new MessageOptions()];
    private readonly Command _command;

    public VerifyCommand()
    {
        _command = new Command(Word, "Compares files on disk with what proves them, without fetching them, and prints the ranges that differ.") { _files, _from, _repair, _help };
        foreach (var option in _groups.SelectMany(group => group.Options))
            _command.Options.Add(option);
    }

    /// <summary>The options, for completion.</summary>
    public Command Command => _command;

    /// <summary>What <c>--help</c> prints.</summary>
    public string Help => HelpText.Write(new ProgramManual
    {
        Command = _command,
        Groups = [new OptionGroup("Verify", [_from, _repair]), .. _groups.Select(group => new OptionGroup(group.Heading, group.Options)), new OptionGroup("General", [_help])],
        Version = $"rd {ProductVersion.Number}",
        Sections = [],
    }).Replace($"\n  {Word} ", $"\n  rd {Word} ", StringComparison.Ordinal);

    /// <param name="arguments">As typed, without the word itself.</param>
    /// <param name="environment">The value of an environment variable; null if there is none.</param>
    /// <returns>Null if only help is wanted.</returns>
    /// <exception cref="UsageException">The arguments are invalid, or what is saved for them.</exception>
    public (IReadOnlyList<string> Files, string? From, bool Repairs, RdOptions Options)? Read(string[] arguments, Func<string, string?> environment)
    {
        var typed = Arguments.Parse(_command, arguments);
        if (typed.GetValue(_help))
            return null;
        Refuse(typed);
        var saved = new SavedOptions(environment).Read(_command, typed, CommandLine.AllOptions());
        try
        {
            var parsed = Arguments.Parse(_command, [.. saved.Select(option => option.Argument), .. arguments]);
            Refuse(parsed);
            var files = parsed.GetRequiredValue(_files);
            if (files.FirstOrDefault(file => file.StartsWith('-')) is { } mistyped)
                throw new UsageException(UsageException.Sentence(NearOption.Problem(_command, mistyped)));
            if (files.Length > 1 && parsed.GetValue(_from) is { } one && !Downloader.IsProof(PlaceOf(one)))
                throw new UsageException("--from names the URL of one file here, and there are several files; verify each by itself, or with a Metalink or a list (SHA256SUMS) of them.");
            var options = _groups.Aggregate(new RdOptions(), (options, group) => group.Read(parsed, options));
            return (files, parsed.GetValue(_from), parsed.GetValue(_repair), options);
        }
        catch (UsageException problem)
        {
            throw SavedOptions.Named(saved, problem);
        }
    }

    /// <returns>The code of the first file that is not proven, else 0.</returns>
    public static async Task<ExitCode> RunAsync(
        IReadOnlyList<string> files, string? from, bool repairs, DownloadOptions options, VerifyReport report, CancellationToken cancellationToken)
    {
        var place = from is null ? null : PlaceOf(from);
        var budget = new TimeBudget(options.MaxTime, TimeProvider.System);
        var worst = ExitCode.Complete;
        foreach (var file in files)
        {
            var downloader = new Downloader(options with { OnEvent = happening => report.Tell(file, happening), MaxTime = budget.Left });
            var result = await downloader.VerifyAsync(file, place, cancellationToken);
            report.Show(file, result);
            var repair = options with { Overwrite = true, Description = result.Description, Origin = place ?? FileUrl.OfPath(file), RequireProof = true, MaxTime = budget.Left };
            var outcome = result.Outcome == DownloadOutcome.NotProven && repairs ? await RepairAsync(file, result, repair, report, cancellationToken) : result.Outcome;
            if (worst == ExitCode.Complete)
                worst = outcome.ToExitCode();
            if (cancellationToken.IsCancellationRequested)
                break;
        }

        return worst;
    }

    private static Uri PlaceOf(string from) => Uri.TryCreate(from, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? url : FileUrl.OfPath(from);

    private void Refuse(ParseResult parsed)
    {
        if (parsed.Errors is [var first, ..])
            throw new UsageException(first.Message);
        foreach (var group in _groups)
            group.Check(parsed.CommandResult);
        if (parsed.CommandResult.Errors.FirstOrDefault() is { } error)
            throw new UsageException(error.Message);
    }

    // What is right in the file is copied to a new one, which takes its place when all of it is proven: a kill in between leaves the file as it was.
    private static async Task<DownloadOutcome> RepairAsync(string file, VerifyResult result, DownloadOptions options, VerifyReport report, CancellationToken cancellationToken)
    {
        if (result.Location is not { } location)
        {
            report.ShowNotRepaired(file, "nobody says where the file can be had; name its URL with --from");
            return result.Outcome;
        }

        // What a link leads to is repaired, and the link stays.
        var target = new FileInfo(file).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? file;
        var repaired = await new Downloader(options).DownloadAsync(location, target, null, cancellationToken);
        if (repaired.IsSuccess)
            report.ShowRepaired(file, repaired.BytesFetched);
        else
            report.ShowNotRepaired(file, $"not repaired: {(repaired.Message.Length > 0 ? repaired.Message : "nothing proves what came")}");
        return repaired.Outcome;
    }
}

using System.CommandLine;
using System.CommandLine.Parsing;
using ReliableDownload.Manual;
using ReliableDownload.Rd.Options;

namespace ReliableDownload.Rd;

/// <summary>The command line of rd: its groups of options, and what it asks for.</summary>
internal sealed class CommandLine
{
    private readonly Argument<string[]> _urls = new("URL")
    {
        Description = "Files to download, http:// or https://, or Metalinks; each is named after the last part of its URL's path; the word verify compares files on disk instead (rd verify --help)",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly GeneralOptions _general = new();
    private readonly IReadOnlyList<IOptionGroup> _groups;
    private readonly Command _command;

    public CommandLine()
    {
        _groups = [.. Groups(), _general];
        _command = new Command("rd", "Downloads big files from any HTTP server over bad networks, and verifies every byte from an rd-api.") { _urls };
        foreach (var option in _groups.SelectMany(group => group.Options))
            _command.Options.Add(option);
        _command.Validators.Add(Check);
    }

    /// <summary>Every option that can be saved.</summary>
    public static IEnumerable<Option> AllOptions() => Groups().SelectMany(group => group.Options);

    /// <summary>What the user wants: text to be printed, or files to be downloaded.</summary>
    /// <param name="arguments">As typed.</param>
    /// <param name="environment">The value of an environment variable; null if there is none.</param>
    /// <exception cref="UsageException">The arguments are invalid, or what is saved for them.</exception>
    /// <exception cref="UnusableFileException">A file that an option names cannot be used.</exception>
    public CommandRequest Read(string[] arguments, Func<string, string?> environment)
    {
        if (ManualRequest.Answer(arguments, Manual, out var problem) is { } page)
            return new CommandRequest(page);
        if (problem is not null)
            throw new UsageException($"{problem}.");

        var typed = Arguments.Parse(_command, arguments);
        if (typed.GetValue(_general.Help))
            return new CommandRequest(HelpText.Write(Manual()));
        if (typed.GetValue(_general.Version))
            return new CommandRequest($"rd {ProductVersion.Text}\n");
        RefuseUnknown(arguments, typed);

        var saved = new SavedOptions(environment).Read(_command, typed);
        try
        {
            var parsed = saved.Count == 0 ? typed : Arguments.Parse(_command, [.. saved.Select(option => option.Argument), .. arguments]);
            RefuseUnknown(arguments, parsed);
            var options = _groups.Aggregate(new RdOptions(), (options, group) => group.Read(parsed, options));
            return new CommandRequest(options, RequestedFiles.Of(parsed.GetValue(_urls) ?? [], options));
        }
        catch (UsageException wrong)
        {
            throw SavedOptions.Named(saved, wrong);
        }
    }

    private static IReadOnlyList<IOptionGroup> Groups() =>
        [new TargetOptions(), new FolderOptions(), new ProofOptions(), new TransferOptions(), new ConnectionOptions(), new CredentialOptions(), new MessageOptions()];

    private static void RefuseUnknown(string[] arguments, ParseResult parsed)
    {
        // The parser takes a first word in brackets for a directive and says nothing of it.
        if (parsed.Tokens is [{ Type: TokenType.Directive }, ..])
            throw new UsageException($"There is no option '{arguments[0]}'.");
        if (parsed.Errors is [var first, ..])
            throw new UsageException(first.Message);
    }

    private void Check(CommandResult result)
    {
        // Where an argument may be anything, a mistyped option is one.
        foreach (var token in result.GetResult(_urls)?.Tokens ?? [])
        {
            if (token.Value.StartsWith('-'))
                result.AddError(UsageException.Sentence(NearOption.Problem(_command, token.Value)));
        }

        foreach (var group in _groups)
            group.Check(result);
    }

    private ProgramManual Manual() => new()
    {
        Command = _command,
        Words = [new VerifyCommand().Command],
        Groups = [.. _groups.Select(group => new OptionGroup(group.Heading, group.Options))],
        Version = $"rd {ProductVersion.Number}",
        Sections = RdManual.Sections,
    };
}

/// <summary>What a command line asks for.</summary>
/// <param name="Text">To be printed, and nothing else; null if files are to be downloaded.</param>
/// <param name="Options">How.</param>
/// <param name="Files">Which.</param>
internal sealed record CommandRequest(string? Text, RdOptions Options, IReadOnlyList<RequestedFile> Files)
{
    public CommandRequest(string text)
        : this(text, new RdOptions(), [])
    {
    }

    public CommandRequest(RdOptions options, IReadOnlyList<RequestedFile> files)
        : this(null, options, files)
    {
    }
}

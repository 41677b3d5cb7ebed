using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using ReliableDownload.Api.Access;
using ReliableDownload.Api.Headers;
using ReliableDownload.Api.Hosting;
using ReliableDownload.Api.Limiting;
using ReliableDownload.Api.Monitoring;
using ReliableDownload.Api.Proxies;
using ReliableDownload.Api.Routing;
using ReliableDownload.Api.Tls;
using ReliableDownload.Manual;

namespace ReliableDownload.Api;

/// <summary>The command line of rd-api: its flags with their variables and defaults, and the checks on them.</summary>
internal sealed class CommandLine
{
    private readonly ListenSettings _listening = new();
    private readonly ServedPathArgument _path = new();
    private readonly FolderSettings _folder = new();

    private readonly Setting<string> _congestionControl = new(
        "--congestion-control",
        null,
        "CONGESTION_CONTROL",
        null,
        "TCP congestion control; default means the kernel's; if not given, bbr for distant clients where possible",
        ValueParser.CongestionControl);

    private readonly Setting<int> _drain =
        new("--drain", null, "RD_API_DRAIN", "30", "seconds that downloads in progress get to finish after a stop signal", ValueParser.Number("SECONDS", 0, 86_400));

    private readonly ISettingGroup[] _groups = [new TlsSettings(), new AccessSettings(), new ProxySettings(), new PrefixSetting(), new LimitSettings(), new MonitoringSettings(), new MirrorSetting(), new VersionSetting(), new HeaderSettings()];

    private readonly ConfigFile _config = new();
    private readonly Option<bool> _hidden = new("--hidden") { Description = "also serve and list names that begin with a dot" };
    private readonly Option<bool> _verbose = new("--verbose", "-v") { Description = "log each request" };
    private readonly Option<bool> _version = new("--version", "-V") { Description = "show the version", Arity = ArgumentArity.Zero };
    private readonly Option<bool> _help = CommandHelp.Option();

    // Not a RootCommand, which looks up the program's name and translated texts: 3 ms at each start.
    private readonly Command _command = new("rd-api", "Serves a folder over HTTP, with the digests of each file's blocks.");

    public CommandLine()
    {
        _command.Arguments.Add(_path.Argument);
        foreach (var option in (Option[])
        [
            .. _listening.Options, .. _folder.Options, _congestionControl.Option, _drain.Option,
            .. _groups.SelectMany(group => group.Options), _hidden, _verbose, _config.Option, _version, _help,
        ])
            _command.Options.Add(option);
    }

    /// <summary>What the server's options are called.</summary>
    public static IReadOnlyCollection<string> OptionNames() => [.. new CommandLine()._command.Options.Select(option => option.Name)];

    /// <summary>The options to run with; null if the user only asked for help or the version, which has been printed then.</summary>
    /// <exception cref="UsageException">The arguments or the environment are invalid.</exception>
    public RdApiOptions? Read(string[] arguments, Func<string, string?> environment)
    {
        if (ManualRequest.Answer(arguments, Manual, out var problem) is { } page)
        {
            Console.Out.Write(page);
            return null;
        }

        if (problem is not null)
            throw new UsageException(problem);

        var parsed = CommandParser.Parse(_command, arguments);
        if (parsed.GetValue(_help))
        {
            Console.Out.Write(HelpText.Write(Manual()));
            return null;
        }

        if (parsed.Tokens is [{ Type: TokenType.Directive } directive, ..])
        {
            Suggest(directive.Value, arguments);
            return null;
        }

        // The parser takes an unknown option for a path.
        if (parsed.GetValue(_path.Argument) is ['-', ..] option)
            throw new UsageException(NearOption.Problem(_command, option));
        if (parsed.UnmatchedTokens is [var word, ..])
            throw new UsageException(word.StartsWith('-') ? NearOption.Problem(_command, word) : $"only one folder or file can be served: '{word}' is too many");
        if (parsed.Errors is [var error, ..])
            throw new UsageException(error.Message.TrimEnd('.'));
        if (parsed.GetValue(_version))
        {
            Console.Out.WriteLine($"rd-api {ProductVersion.Text}");
            return null;
        }

        if (parsed.GetValue(_path.Argument) is { } path && _folder.IsRootTyped(parsed))
            throw new UsageException($"what to serve is named twice: leave out either {path} or --web-root");
        return _config.PathIn(parsed, environment) is { } file ? WithFile(file, parsed, arguments, environment) : Read(parsed, environment);
    }

    // Shells use [suggest] for completion. The parser silently drops any other directive.
    private void Suggest(string directive, string[] arguments)
    {
        var suggest = new SuggestDirective();
        var root = new RootCommand();
        root.Directives.Clear();
        root.Directives.Add(suggest);
        root.Options.Clear();
        root.Arguments.Add(_path.Argument);
        foreach (var option in _command.Options)
            root.Options.Add(option);
        var parsed = CommandParser.Parse(root, arguments);
        if (parsed.GetResult(suggest) is null)
            throw new UsageException($"Unrecognized command or argument '{directive}'");
        parsed.Invoke();
    }

    private RdApiOptions WithFile(string file, ParseResult typed, string[] arguments, Func<string, string?> environment)
    {
        var saved = ConfigFile.Read(file, _command, typed, environment);
        return Read(CommandParser.Parse(_command, [.. saved, .. arguments]), environment) with { ConfigFile = file, SavedOptions = saved };
    }

    private RdApiOptions Read(ParseResult parsed, Func<string, string?> environment)
    {
        var options = _folder.Read(parsed, environment) with
        {
            CongestionControl = _congestionControl.Read(parsed, environment),
            ShowHidden = parsed.GetValue(_hidden),
            Verbose = parsed.GetValue(_verbose),
            Limits = new Limits { Stop = TimeSpan.FromSeconds(_drain.Read(parsed, environment)) },
        };
        options = _path.Apply(options, parsed, _folder.IsRootGiven(parsed, environment));
        options = _listening.Apply(options, parsed, environment);
        return _groups.Aggregate(options, (chosen, group) => group.Apply(chosen, parsed, environment));
    }

    private ProgramManual Manual() =>
        new() { Command = _command, Groups = [new("Options", [.. _command.Options])], Version = $"rd-api {ProductVersion.Number}", Sections = RdApiManual.Sections };
}

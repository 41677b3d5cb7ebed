using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using ReliableDownload.Api.Access;
using ReliableDownload.Api.Monitoring;
using ReliableDownload.Api.Tls;
using ReliableDownload.Manual;

namespace ReliableDownload.Api;

/// <summary>The command line of rd-api: its flags with their variables and defaults, and the checks on them.</summary>
internal sealed class CommandLine
{
    // Where 1.7 looked for Redis if only its port was named.
    private const string LocalRedis = "127.0.0.1";

    private readonly Setting<string> _host =
        new("--host", "-h", "HOST", "::", "address to listen on; :: means IPv6 and IPv4", ValueParser.Host);

    private readonly Setting<int> _port =
        new("--port", "-p", "PORT", "8082", "port to listen on; 0 picks a free one", ValueParser.Number("PORT", 0, 65535));

    private readonly Setting<string> _webRoot =
        new("--web-root", "-d", "WEB_ROOT", ".", "folder to serve", ValueParser.Folder);

    private readonly Setting<int> _blockSize =
        new("--block-size", null, "BLOCK_SIZE", "2M", "block size in bytes, or with suffix K or M", ValueParser.BlockSize);

    private readonly Setting<int> _workers =
        new("--worker", "-w", "WORKER", "2", "hashing workers", ValueParser.Workers);

    private readonly Setting<string> _cache =
        new("--cache", null, "RD_API_CACHE", DefaultCacheFile(), "digest cache (SQLite)", ValueParser.File);

    private readonly Setting<string> _redisHost =
        new("--redis-host", null, "REDIS_HOST", null, "keep the digest cache in this Redis instead", ValueParser.RedisHost);

    private readonly Setting<int> _redisPort =
        new("--redis-port", null, "REDIS_PORT", "6379", "port of Redis; without --redis-host, Redis on 127.0.0.1", ValueParser.Number("PORT", 1, 65535));

    private readonly Setting<string> _congestionControl = new(
        "--congestion-control",
        null,
        "CONGESTION_CONTROL",
        null,
        "TCP congestion control; default means the kernel's; if not given, bbr for distant clients where possible",
        ValueParser.CongestionControl);

    private readonly Setting<int> _drain =
        new("--drain", null, "RD_API_DRAIN", "30", "seconds that downloads in progress get to finish after a stop signal", ValueParser.Number("SECONDS", 0, 86_400));

    private readonly ISettingGroup[] _groups = [new TlsSettings(), new AccessSettings(), new MonitoringSettings(), new MirrorSetting()];

    private readonly Option<bool> _hidden = new("--hidden") { Description = "also serve and list names that begin with a dot" };
    private readonly Option<bool> _verbose = new("--verbose", "-v") { Description = "log each request" };
    private readonly Option<bool> _version = new("--version", "-V") { Description = "show the version" };
    private readonly SuggestDirective _suggest = new();
    private readonly RootCommand _command = new("Serves a folder over HTTP, with the digests of each file's blocks.");

    public CommandLine()
    {
        _command.Directives.Clear();
        _command.Directives.Add(_suggest);
        _command.Options.Clear();
        foreach (var option in (Option[])
        [
            _host.Option, _port.Option, _webRoot.Option, _blockSize.Option, _workers.Option, _cache.Option,
            _redisHost.Option, _redisPort.Option, _congestionControl.Option, _drain.Option,
            .. _groups.SelectMany(group => group.Options), _hidden, _verbose, _version, new HelpOption("--help", []),
        ])
            _command.Options.Add(option);
    }

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

        var parsed = _command.Parse(arguments);
        if (parsed.Action is HelpAction)
        {
            Console.Out.Write(HelpText.Write(Manual()));
            return null;
        }

        // Shells use [suggest] for completion. The parser silently drops any other directive.
        if (parsed.GetResult(_suggest) is not null)
        {
            parsed.Invoke();
            return null;
        }

        if (parsed.Tokens.FirstOrDefault(token => token.Type == TokenType.Directive) is { } directive)
            throw new UsageException($"Unrecognized command or argument '{directive.Value}'");
        if (parsed.UnmatchedTokens is [var word, ..])
            throw new UsageException(NoOption(word));
        if (parsed.Errors is [var error, ..])
            throw new UsageException(error.Message.TrimEnd('.'));
        if (parsed.GetValue(_version))
        {
            Console.Out.WriteLine($"rd-api {ProductVersion.Text}");
            return null;
        }

        var options = new RdApiOptions
        {
            Host = _host.Read(parsed, environment)!,
            Port = _port.Read(parsed, environment),
            WebRoot = _webRoot.Read(parsed, environment)!,
            BlockSize = _blockSize.Read(parsed, environment),
            Workers = _workers.Read(parsed, environment),
            CacheFile = _cache.Read(parsed, environment)!,
            RedisHost = _redisHost.Read(parsed, environment) ?? (_redisPort.IsGiven(parsed, environment) ? LocalRedis : null),
            RedisPort = _redisPort.Read(parsed, environment),
            CongestionControl = _congestionControl.Read(parsed, environment),
            ShowHidden = parsed.GetValue(_hidden),
            Verbose = parsed.GetValue(_verbose),
            Limits = new Limits { Stop = TimeSpan.FromSeconds(_drain.Read(parsed, environment)) },
        };
        return _groups.Aggregate(options, (chosen, group) => group.Apply(chosen, parsed, environment));
    }

    private string NoOption(string word)
    {
        if (word.StartsWith('-'))
            return NearOption.Problem(_command, word);
        return Directory.Exists(word)
            ? $"'{word}' is not an option; to serve that folder use --web-root {word}"
            : $"'{word}' is not an option; rd-api serves the folder given with --web-root";
    }

    private ProgramManual Manual() =>
        new() { Command = _command, Groups = [new("Options", [.. _command.Options])], Version = $"rd-api {ProductVersion.Number}", Sections = RdApiManual.Sections };

    private static string DefaultCacheFile()
    {
        var folder = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        // A relative one is to be ignored (XDG Base Directory Specification).
        if (!Path.IsPathRooted(folder))
        {
            folder = OperatingSystem.IsWindows()
                ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                : Path.Join(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify), ".cache");
        }

        return Path.Join(folder, "rd-api", "digests.db");
    }
}

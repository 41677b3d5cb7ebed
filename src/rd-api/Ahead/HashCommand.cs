using System.CommandLine;
using ReliableDownload.Api.Hosting;
using ReliableDownload.Manual;

namespace ReliableDownload.Api.Ahead;

/// <summary><c>rd-api hash</c>: hashes files before anybody asks for their digests, into the same cache as the server.</summary>
internal sealed class HashCommand
{
    /// <summary>The first word of the command line.</summary>
    public const string Name = "hash";

    private readonly FolderSettings _folder = new();
    private readonly MirrorSetting _mirrors = new();
    private readonly ConfigFile _config = new();

    private readonly Argument<string[]> _paths = new("PATH")
    {
        Description = "files and folders below the web root; all of it if none is given",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<bool> _whole = new("--sha256") { Description = "also the SHA-256 of whole files" };

    private readonly Option<string> _metalinks = new("--write-meta4")
    {
        HelpName = "DIR",
        Description = "write a Metalink of each file there, FILE.meta4, and with --sha256 a SHA256SUMS in each folder: for a host without rd-api, named with --mirror",
    };

    private readonly Option<bool> _hidden = new("--hidden") { Description = "also names that begin with a dot" };
    private readonly Option<bool> _verbose = new("--verbose", "-v") { Description = "a line for each file that was hashed" };
    private readonly Option<bool> _help = CommandHelp.Option();
    private readonly Command _command = new("rd-api", "Hashes files ahead of time, into the digest cache of rd-api. What is cached already is not hashed again.");

    public HashCommand()
    {
        _command.Arguments.Add(_paths);
        foreach (var option in (Option[])[_whole, _metalinks, .. _mirrors.Options, .. _folder.Options, _hidden, _verbose, _config.Option, _help])
            _command.Options.Add(option);
    }

    /// <returns>The exit code.</returns>
    /// <exception cref="UsageException">The arguments are invalid.</exception>
    /// <exception cref="CannotStartException">The folder or the cache cannot be used.</exception>
    public async Task<int> RunAsync(string[] arguments, Func<string, string?> environment)
    {
        var parsed = CommandParser.Parse(_command, arguments);
        if (parsed.GetValue(_help))
        {
            Console.Out.Write(CommandHelp.Of(_command, Name));
            return 0;
        }

        if (parsed.UnmatchedTokens is [var word, ..])
            throw new UsageException(NearOption.Problem(_command, word));
        if (parsed.Errors is [var error, ..])
            throw new UsageException(error.Message.TrimEnd('.'));
        // The parser takes an unknown option for a path.
        if (parsed.GetValue(_paths)!.FirstOrDefault(path => path.StartsWith('-')) is { } option)
            throw new UsageException(NearOption.Problem(_command, option));
        parsed = _config.Apply(_command, parsed, arguments, environment);
        var options = _mirrors.Apply(_folder.Read(parsed, environment), parsed, environment) with
        {
            ShowHidden = parsed.GetValue(_hidden),
            Verbose = parsed.GetValue(_verbose),
        };
        var folder = parsed.GetValue(_metalinks) is { } name ? Path.GetFullPath(name) : null;
        if (folder is not null && options.Mirrors.Count == 0)
            throw new UsageException("a Metalink says where its file is: add --mirror with the URL at which the host without rd-api serves the folder");
        if (Files.RootCheck.Problem(options, "hash") is { } problem)
            throw new CannotStartException(problem);
        if (options.Redis is null && await Server.CacheRefusalAsync(options.CacheFile) is { } refusal)
            throw new CannotStartException($"{options.CacheFile} {refusal} and is left alone: choose another file with --cache");
        var start = parsed.GetValue(_paths) is { Length: > 0 } given ? [.. given.Select(path => HashedPath.Parse(options.WebRoot, path))] : (IReadOnlyList<Files.RequestPath>)[Files.RequestPath.Root];
        return await AheadHashing.RunAsync(options, start, parsed.GetValue(_whole), folder);
    }
}

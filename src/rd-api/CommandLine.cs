using System.CommandLine;
using System.CommandLine.Help;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api;

/// <summary>The command line of rd-api: its flags, their variables and defaults, and what of it makes sense.</summary>
internal sealed class CommandLine
{
    private readonly Setting<string> _host = new(
        "--host", "-h", "HOST", "HOST", "::", "address to listen on; :: is IPv6 and IPv4", "an address or a host name", NotEmpty);

    private readonly Setting<int> _port = new(
        "--port", "-p", "PORT", "PORT", "8082", "port to listen on; 0 picks a free one", "a number from 0 to 65535", Number(0, 65535));

    private readonly Setting<string> _webRoot = new(
        "--web-root", "-d", "DIR", "WEB_ROOT", ".", "folder to serve", "the path of a folder", FullPath);

    private readonly Setting<int> _blockSize = new(
        "--block-size", null, "SIZE", "BLOCK_SIZE", "2M", "block size in bytes, or with K or M", "a size from 64K to 64M, such as 2M", Size);

    private readonly Setting<int> _workers = new(
        "--worker", "-w", "INT", "WORKER", "2", "hashing workers", "a number from 1 to 256", Number(1, 256));

    private readonly Setting<string> _cache = new(
        "--cache", null, "FILE", "RD_API_CACHE", DefaultCacheFile(), "digest cache (SQLite)", "the path of a file", FullPath);

    private readonly Setting<string> _redisHost = new(
        "--redis-host", null, "HOST", "REDIS_HOST", null, "keep the digest cache in this Redis instead", "a host name", NotEmpty);

    private readonly Setting<int> _redisPort = new(
        "--redis-port", null, "PORT", "REDIS_PORT", "6379", "port of Redis", "a number from 1 to 65535", Number(1, 65535));

    private readonly Option<bool> _hidden = new("--hidden") { Description = "serve and list names that begin with a dot, too" };
    private readonly Option<bool> _verbose = new("--verbose", "-v") { Description = "log each request" };
    private readonly Option<bool> _version = new("--version", "-V") { Description = "show the version" };
    private readonly RootCommand _command = new("Serves a folder over HTTP, and beside each file the digests of its blocks.");

    public CommandLine()
    {
        _command.Options.Clear();
        foreach (var option in (Option[])
        [
            _host.Option, _port.Option, _webRoot.Option, _blockSize.Option, _workers.Option, _cache.Option,
            _redisHost.Option, _redisPort.Option, _hidden, _verbose, _version, new HelpOption("--help", []),
        ])
            _command.Options.Add(option);
    }

    /// <summary>The options to run with; null where the person only asked for help or the version, which is answered then.</summary>
    /// <exception cref="UsageException">The arguments or the environment make no sense.</exception>
    public RdApiOptions? Read(string[] arguments, Func<string, string?> environment)
    {
        var parsed = _command.Parse(arguments);
        if (parsed.Action is HelpAction help)
        {
            help.Invoke(parsed);
            return null;
        }

        if (parsed.Errors is [var error, ..])
            throw new UsageException(error.Message.TrimEnd('.'));
        if (parsed.GetValue(_version))
        {
            Console.Out.WriteLine($"rd-api {ProductVersion.Text}");
            return null;
        }

        return new RdApiOptions
        {
            Host = _host.Read(parsed, environment)!,
            Port = _port.Read(parsed, environment),
            WebRoot = _webRoot.Read(parsed, environment)!,
            BlockSize = _blockSize.Read(parsed, environment),
            Workers = _workers.Read(parsed, environment),
            CacheFile = _cache.Read(parsed, environment)!,
            RedisHost = _redisHost.Read(parsed, environment),
            RedisPort = _redisPort.Read(parsed, environment),
            ShowHidden = parsed.GetValue(_hidden),
            Verbose = parsed.GetValue(_verbose),
        };
    }

    private static string DefaultCacheFile()
    {
        var folder = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        // A relative one is to be ignored (XDG Base Directory Specification).
        if (!Path.IsPathRooted(folder))
        {
            folder = OperatingSystem.IsWindows()
                ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                : Path.Join(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        }

        return Path.Join(folder, "rd-api", "digests.db");
    }

    private static bool NotEmpty(string text, out string value)
    {
        value = text;
        return !string.IsNullOrWhiteSpace(text);
    }

    private static bool FullPath(string text, out string value)
    {
        var isPath = text.Length > 0 && !text.Contains('\0');
        value = isPath ? Path.GetFullPath(text) : "";
        return isPath;
    }

    private static Setting<int>.TryParse Number(int least, int most) => (text, out value) =>
        int.TryParse(text, System.Globalization.NumberStyles.None, null, out value) && value >= least && value <= most;

    private static bool Size(string text, out int value)
    {
        var shift = text is [.., 'K' or 'k'] ? 10 : text is [.., 'M' or 'm'] ? 20 : 0;
        var digits = shift == 0 ? text : text[..^1];
        var isSize = long.TryParse(digits, System.Globalization.NumberStyles.None, null, out var units) && units <= BlockLayout.MaxBlockSize >> shift;
        value = isSize ? (int)(units << shift) : 0;
        return value is >= BlockLayout.MinBlockSize and <= BlockLayout.MaxBlockSize;
    }
}

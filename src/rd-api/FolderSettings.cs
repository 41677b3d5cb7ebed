using System.CommandLine;

namespace ReliableDownload.Api;

/// <summary>The options that say what is hashed, how, and where the digests are kept: the same for each command that hashes.</summary>
internal sealed class FolderSettings
{
    // Where 1.7 looked for Redis if only its port was named.
    private const string LocalRedis = "127.0.0.1";

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

    /// <summary>In the order of the help.</summary>
    public IEnumerable<Option> Options => [_webRoot.Option, _blockSize.Option, _workers.Option, _cache.Option, _redisHost.Option, _redisPort.Option];

    /// <summary>Whether somebody chose the folder.</summary>
    public bool IsRootGiven(ParseResult parsed, Func<string, string?> environment) => _webRoot.IsGiven(parsed, environment);

    /// <summary>Whether that was on the command line.</summary>
    public bool IsRootTyped(ParseResult parsed) => _webRoot.IsTyped(parsed);

    /// <exception cref="UsageException">A value is invalid.</exception>
    public RdApiOptions Read(ParseResult parsed, Func<string, string?> environment) => new()
    {
        WebRoot = _webRoot.Read(parsed, environment)!,
        BlockSize = _blockSize.Read(parsed, environment),
        Workers = _workers.Read(parsed, environment),
        CacheFile = _cache.Read(parsed, environment)!,
        RedisHost = _redisHost.Read(parsed, environment) ?? (_redisPort.IsGiven(parsed, environment) ? LocalRedis : null),
        RedisPort = _redisPort.Read(parsed, environment),
    };

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

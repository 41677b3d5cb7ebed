using System.CommandLine;
using ReliableDownload.Api.Redis;

namespace ReliableDownload.Api;

/// <summary>The options that say what is hashed, how, and where the digests are kept: the same for each command that hashes.</summary>
internal sealed class FolderSettings
{
    private readonly Setting<string> _webRoot =
        new("--web-root", "-d", "WEB_ROOT", ".", "folder to serve", ValueParser.Folder);

    private readonly Setting<int> _blockSize =
        new("--block-size", null, "BLOCK_SIZE", "2M", "block size in bytes, or with suffix K or M", ValueParser.BlockSize);

    private readonly Setting<int> _workers =
        new("--worker", "-w", "WORKER", "2", "hashing workers", ValueParser.Workers);

    private readonly Setting<string> _cache =
        new("--cache", null, "RD_API_CACHE", DefaultCacheFile(), "digest cache (SQLite)", ValueParser.File);

    private readonly RedisSettings _redis = new();

    /// <summary>In the order of the help.</summary>
    public IEnumerable<Option> Options => [_webRoot.Option, _blockSize.Option, _workers.Option, _cache.Option, .. _redis.Options];

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
        Redis = _redis.Read(parsed, environment),
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

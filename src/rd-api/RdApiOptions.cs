using ReliableDownload.Protocol;

namespace ReliableDownload.Api;

/// <summary>What the person who starts rd-api decides, checked and in real types. Read by all, changed by none.</summary>
internal sealed record RdApiOptions
{
    /// <summary>An address or a name of this machine; <c>::</c> is IPv6 and IPv4.</summary>
    public string Host { get; init; } = "::";

    /// <summary>0 picks a free one.</summary>
    public int Port { get; init; } = 8082;

    /// <summary>The absolute path of the folder that is served.</summary>
    public required string WebRoot { get; init; }

    /// <summary>In bytes.</summary>
    public int BlockSize { get; init; } = BlockLayout.DefaultBlockSize;

    /// <summary>How many threads hash.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>The absolute path of the embedded digest cache; not in use when <see cref="RedisHost"/> is there.</summary>
    public required string CacheFile { get; init; }

    public string? RedisHost { get; init; }

    public int RedisPort { get; init; } = 6379;

    /// <summary>Whether names that begin with a dot are served.</summary>
    public bool ShowHidden { get; init; }

    /// <summary>Of TCP; <c>default</c> is the kernel's own, null that for near clients and BBR, where it can be had, for others.</summary>
    public string? CongestionControl { get; init; }

    public bool Verbose { get; init; }

    /// <summary>What clients are granted; no person sets it yet.</summary>
    public Limits Limits { get; init; } = new();

    /// <summary>The digest cache, for people.</summary>
    public string CacheName => RedisHost is null ? CacheFile : $"Redis at {RedisHost}:{RedisPort}";
}

using System.Net;
using ReliableDownload.Api.Access;
using ReliableDownload.Api.Headers;
using ReliableDownload.Api.Hosting;
using ReliableDownload.Api.Proxies;
using ReliableDownload.Api.Redis;
using ReliableDownload.Api.Tls;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api;

/// <summary>The settings chosen by whoever starts rd-api, validated and typed. Immutable.</summary>
internal sealed record RdApiOptions
{
    /// <summary>An address or a name of this machine; <c>::</c> means IPv6 and IPv4.</summary>
    public string Host { get; init; } = "::";

    /// <summary>0 picks a free port.</summary>
    public int Port { get; init; } = 8082;

    /// <summary>Where to listen instead of there; empty for <see cref="Host"/> and <see cref="Port"/>.</summary>
    public IReadOnlyList<ListenChoice> Listen { get; init; } = [];

    /// <summary>Whether only programs of this machine can connect.</summary>
    public bool IsLocal => Listen.DefaultIfEmpty(new ListenChoice.Tcp(Host, Port)).All(choice => choice.IsLocal);

    /// <summary>The path of the host below which everything is served, such as <c>/files</c>; null for all of it.</summary>
    public string? PathPrefix { get; init; }

    /// <summary>The proxies before this server.</summary>
    public ProxyOptions Proxies { get; init; } = new();

    /// <summary>The absolute path of the folder that is served.</summary>
    public required string WebRoot { get; init; }

    /// <summary>The name of the only file in that folder that is served; null for all.</summary>
    public string? OnlyFile { get; init; }

    /// <summary>In bytes.</summary>
    public int BlockSize { get; init; } = BlockLayout.DefaultBlockSize;

    /// <summary>Whether a file's version is its digest, once that is known, not its size and time.</summary>
    public bool IsVersionOfContent { get; init; }

    /// <summary>How many threads hash.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>The absolute path of the embedded digest cache; not used if <see cref="Redis"/> is set.</summary>
    public required string CacheFile { get; init; }

    /// <summary>The Redis that keeps the digests instead; null for the embedded cache.</summary>
    public RedisOptions? Redis { get; init; }

    /// <summary>Whether names that begin with a dot are served.</summary>
    public bool ShowHidden { get; init; }

    /// <summary>The TCP congestion control; <c>default</c> is the kernel's own, null that for near clients and BBR, if available, for others.</summary>
    public string? CongestionControl { get; init; }

    /// <summary>Null for connections that are not encrypted.</summary>
    public TlsOptions? Tls { get; init; }

    /// <summary>Null if everybody may download.</summary>
    public AccessOptions? Access { get; init; }

    public bool Verbose { get; init; }

    /// <summary>The absolute path of the access log, or <see cref="Monitoring.AccessLog.StandardOutput"/>; null for none.</summary>
    public string? AccessLog { get; init; }

    /// <summary>Whether its lines are JSON, not in the Combined Log Format.</summary>
    public bool IsAccessLogJson { get; init; }

    /// <summary>Where the metrics are served; null for nowhere.</summary>
    public IPEndPoint? MetricsListen { get; init; }

    /// <summary>Where the same files are served, too: URLs that end with a slash.</summary>
    public IReadOnlyList<string> Mirrors { get; init; } = [];

    /// <summary>The sites whose scripts may read what is served.</summary>
    public IReadOnlyList<string> Origins { get; init; } = [];

    /// <summary>What all responses have in addition.</summary>
    public IReadOnlyList<ResponseHeader> Headers { get; init; } = [];

    /// <summary>The absolute path of the file that some of this was read from; null for none.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>What was taken from it, as arguments.</summary>
    public IReadOnlyList<string> SavedOptions { get; init; } = [];

    /// <summary>Whether some of this may change while the server runs.</summary>
    public bool CanChange => ConfigFile is not null;

    /// <summary>Whether there are files that are read again when the operator asks.</summary>
    public bool CanReload => CanChange || Tls is not null || Access is not null;

    /// <summary>The limits for clients.</summary>
    public Limits Limits { get; init; } = new();

    /// <summary>What is served, for people.</summary>
    public string ServedName => OnlyFile is null ? WebRoot : Path.Join(WebRoot, OnlyFile);

    /// <summary>The digest cache, for people.</summary>
    public string CacheName => Redis is null ? CacheFile : Redis.Name;
}

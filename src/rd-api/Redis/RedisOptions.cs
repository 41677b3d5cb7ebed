namespace ReliableDownload.Api.Redis;

/// <summary>Where the Redis is that several rd-api share, and how they use it. Immutable.</summary>
internal sealed record RedisOptions
{
    /// <summary>Redis' own port.</summary>
    public const int DefaultPort = 6379;

    /// <summary>The port of its Sentinels.</summary>
    public const int DefaultSentinelPort = 26379;

    /// <summary>Servers, some nodes of a Cluster (the others are found), or Sentinels if <see cref="SentinelName"/> is set.</summary>
    public required IReadOnlyList<(string Host, int Port)> Hosts { get; init; }

    /// <summary>Null for Redis' default user.</summary>
    public string? User { get; init; }

    /// <summary>Null for none.</summary>
    public string? Password { get; init; }

    /// <summary>The number of the database; a Cluster has only 0.</summary>
    public int Database { get; init; }

    public bool IsTls { get; init; }

    /// <summary>A PEM file with the authority that signed Redis' certificate; null for those that the system trusts.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>The name by which Sentinels know the server; null without Sentinels.</summary>
    public string? SentinelName { get; init; }

    /// <summary>What the names of all keys and channels begin with.</summary>
    public string Prefix { get; init; } = "rd:";

    /// <summary>How long digests that nobody asked for are kept.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromDays(30);

    /// <summary>For people; without secrets.</summary>
    public string Name
    {
        get
        {
            var hosts = string.Join(" and ", Hosts.Select(host => host.Host.Contains(':', StringComparison.Ordinal) ? $"[{host.Host}]:{host.Port}" : $"{host.Host}:{host.Port}"));
            return SentinelName is null ? $"Redis at {hosts}" : $"Redis {SentinelName} of the Sentinels at {hosts}";
        }
    }

    public static RedisOptions At(string host, int port) => new() { Hosts = [(host, port)] };
}

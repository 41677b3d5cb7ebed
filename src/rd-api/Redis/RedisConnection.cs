using System.Net.Sockets;
using ReliableDownload.Api.Cache;
using StackExchange.Redis;

namespace ReliableDownload.Api.Redis;

/// <summary>
/// The connection to Redis: a server, a Cluster (which is recognised), or whichever server Sentinels call the master. It is made at the first use, and restored
/// automatically. Thread-safe.
/// </summary>
internal sealed class RedisConnection(RedisOptions options, TimeProvider time) : IAsyncDisposable
{
    // Per call. A client may be waiting for the result, but a machine or a line may be busy for a second.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    private static readonly string[] RefusedLogin = ["NOAUTH", "WRONGPASS", nameof(ConnectionFailureType.AuthenticationFailure)];

    // Full, a replica, unable to save, without replicas; as Redis says it, also from within a script, and the library of a replica that it knows.
    private static readonly string[] NotWritable = ["OOM command not allowed", "READONLY", "MISCONF", "NOREPLICAS", "cannot be issued to a replica", "requires writable"];

    private readonly SemaphoreSlim _connecting = new(1);
    private volatile ConnectionMultiplexer? _redis;

    // Replies are read by a separate thread, because the event threads serve clients (see EventThread).
    static RedisConnection() => ConnectionMultiplexer.SetFeatureFlag("DedicatedThreads", true);

    public RedisOptions Options => options;

    /// <exception cref="DigestStoreException">Redis cannot be used, or does not answer in time.</exception>
    public async Task<T> UseAsync<T>(Func<IDatabase, Task<T>> use, CancellationToken cancellationToken)
    {
        try
        {
            var redis = await ConnectAsync(cancellationToken);
            return await use(redis.GetDatabase()).WaitAsync(Limit, time, cancellationToken);
        }
        catch (Exception error) when (error is RedisException or RedisCommandException or TimeoutException or SocketException)
        {
            var isNotWritable = NotWritable.Any(words => error.Message.Contains(words, StringComparison.Ordinal));
            throw new DigestStoreException($"{options.Name} cannot be {(isNotWritable ? "written to" : "used")}: {Describe(error)}", error) { IsForReading = isNotWritable };
        }
    }

    /// <summary>Has <paramref name="received"/> called for each message of a channel, instead of what was called before. It is restored with the connection, but not at another
    /// master.</summary>
    /// <exception cref="DigestStoreException">Redis cannot be used now.</exception>
    public Task SubscribeAsync(string channel, Action<byte[]> received, CancellationToken cancellationToken) => UseAsync(
        async database =>
        {
            var subscriber = database.Multiplexer.GetSubscriber();
            // An earlier one may be that of a server which is gone.
            await subscriber.UnsubscribeAsync(RedisChannel.Literal(channel), flags: CommandFlags.FireAndForget);
            await subscriber.SubscribeAsync(RedisChannel.Literal(channel), (_, message) => received((byte[]?)message ?? []));
            return true;
        },
        cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _connecting.WaitAsync();
        _redis?.Dispose();
        _redis = null;
        _connecting.Release();
    }

    private async Task<ConnectionMultiplexer> ConnectAsync(CancellationToken cancellationToken)
    {
        if (_redis is { } connected)
            return connected;
        await _connecting.WaitAsync(cancellationToken);
        try
        {
            if (_redis is { } made)
                return made;
            // The library connects to Sentinels on the calling thread alone.
            return _redis = options.SentinelName is null
                ? await ConnectionMultiplexer.ConnectAsync(Configuration())
                : await Task.Run(ConnectByName, cancellationToken);
        }
        finally
        {
            _connecting.Release();
        }
    }

    // The connection to the Sentinels stays open, because they tell of the next master; it is closed with the other one.
    private ConnectionMultiplexer ConnectByName()
    {
        var places = Configuration();
        (places.ServiceName, places.CommandMap) = (options.SentinelName, CommandMap.Sentinel);
        // Those of the server; Sentinels usually have none.
        (places.User, places.Password, places.DefaultDatabase) = (null, null, null);
        var sentinels = ConnectionMultiplexer.SentinelConnect(places);
        var named = Configuration();
        named.EndPoints.Clear();
        named.ServiceName = options.SentinelName;
        return sentinels.GetSentinelMasterConnection(named);
    }

    private ConfigurationOptions Configuration()
    {
        var configuration = new ConfigurationOptions
        {
            ClientName = "rd-api",
            User = options.User,
            Password = options.Password,
            DefaultDatabase = options.Database,
            Ssl = options.IsTls,
            TieBreaker = "",
            ConfigurationChannel = "",
            AbortOnConnectFail = false,
            // Fail at once instead of queueing commands: the caller continues without Redis.
            BacklogPolicy = BacklogPolicy.FailFast,
            ConnectRetry = 1,
            ConnectTimeout = (int)Limit.TotalMilliseconds,
            SyncTimeout = (int)Limit.TotalMilliseconds,
        };
        foreach (var (host, port) in options.Hosts)
            configuration.EndPoints.Add(host, port);
        if (options.AuthorityFile is { } authority)
            configuration.TrustIssuer(authority);
        return configuration;
    }

    // What kind of failure it is only the text tells in all cases: it may be that of the connection, or of a try to restore it.
    private static string Describe(Exception error)
    {
        var text = error.ToString();
        return RefusedLogin.Any(word => text.Contains(word, StringComparison.Ordinal))
            ? "it does not accept the user or the password, or its certificate is not by the authority"
            // The rest of the text is only for developers of the library.
            : error.Message.Split([";", ", mc: "], StringSplitOptions.None)[0];
    }
}

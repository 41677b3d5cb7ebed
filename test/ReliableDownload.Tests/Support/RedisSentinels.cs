namespace ReliableDownload.Tests.Support;

/// <summary>Two real redis-servers, one of them the other's replica, and a Sentinel that makes the replica the master if the master dies.</summary>
public sealed class RedisSentinels : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private RedisServer? _master;
    private RedisServer? _replica;
    private RedisServer? _sentinel;

    internal RedisServer Master => _master!;

    internal RedisServer Replica => _replica!;

    internal int Port => _sentinel!.Port;

    public async ValueTask InitializeAsync()
    {
        _master = await RedisServer.StartAsync();
        _replica = await RedisServer.StartAsync(port => ["--port", $"{port}", "--save", "", "--replicaof", "127.0.0.1", $"{_master.Port}", "--repl-diskless-sync-delay", "0"]);
        await Eventually.IsTrueAsync(async () => (await _replica.AskAsync("info", "replication")).Contains("master_link_status:up", StringComparison.Ordinal), "the replica follows");
        _sentinel = await RedisServer.StartAsync(port =>
        {
            var file = _folder[$"{port}.conf"];
            File.WriteAllText(file, $"""
                port {port}
                bind 127.0.0.1
                sentinel monitor files 127.0.0.1 {_master.Port} 1
                sentinel down-after-milliseconds files 2000
                sentinel failover-timeout files 2000

                """);
            return [file, "--sentinel"];
        });
        await Eventually.IsTrueAsync(async () => (await _sentinel.AskAsync("sentinel", "replicas", "files")).Contains($":{_replica.Port}", StringComparison.Ordinal), "the Sentinel knows the replica");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in (RedisServer?[])[_sentinel, _replica, _master])
            await (server?.DisposeAsync() ?? ValueTask.CompletedTask);
        _folder.Dispose();
    }
}

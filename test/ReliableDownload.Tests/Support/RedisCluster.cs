namespace ReliableDownload.Tests.Support;

/// <summary>A real Redis Cluster of three nodes for all tests of a class.</summary>
public sealed class RedisCluster : IAsyncLifetime
{
    // 16384 slots, a third for each.
    private static readonly int[] Bounds = [0, 5461, 10923, 16384];

    private readonly List<RedisServer> _nodes = [];

    internal IReadOnlyList<RedisServer> Nodes => _nodes;

    public async ValueTask InitializeAsync()
    {
        for (var i = 0; i < 3; i++)
        {
            // The second port is where nodes talk: by default 10,000 above, which may be no port.
            _nodes.Add(await RedisServer.StartAsync(port =>
                ["--port", $"{port}", "--save", "", "--cluster-enabled", "yes", "--cluster-port", $"{FreePort.Find()}", "--cluster-announce-ip", "127.0.0.1"]));
            await _nodes[i].AskAsync("cluster", "addslotsrange", $"{Bounds[i]}", $"{Bounds[i + 1] - 1}");
        }

        foreach (var node in _nodes.Skip(1))
        {
            var busPort = (await _nodes[0].AskAsync("config", "get", "cluster-port")).Split('\n')[^1];
            await node.AskAsync("cluster", "meet", "127.0.0.1", $"{_nodes[0].Port}", busPort);
        }

        foreach (var node in _nodes)
            await Eventually.IsTrueAsync(async () => await IsWholeAsync(node), "the Cluster is whole");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
    }

    private static async Task<bool> IsWholeAsync(RedisServer node)
    {
        var info = await node.AskAsync("cluster", "info");
        return info.Contains("cluster_state:ok", StringComparison.Ordinal) && info.Contains("cluster_known_nodes:3", StringComparison.Ordinal);
    }
}

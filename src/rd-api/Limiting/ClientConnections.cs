using System.Net;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using ReliableDownload.Api.Proxies;

namespace ReliableDownload.Api.Limiting;

/// <summary>
/// Connection middleware that closes what a client opens beyond its share. Holds an entry for each client that is connected, so
/// it is bounded by the number of connections. Thread-safe.
/// </summary>
internal sealed class ClientConnections(int most, ProxyOptions proxies) : IReloadable
{
    private readonly Lock _gate = new();
    private int _most = most;
    private readonly Dictionary<IPAddress, int> _counts = [];

    public string Name => "connections of a client";

    public IReadOnlyList<string> Options => ["--max-connections-per-client"];

    public Action? Prepare(RdApiOptions next) => () =>
    {
        lock (_gate)
            _most = next.Limits.ConnectionsOfClient ?? int.MaxValue;
    };

    public ConnectionDelegate Around(ConnectionDelegate next) => async connection =>
    {
        if (proxies.ClientAt(connection) is not { } client)
        {
            await next(connection);
            return;
        }

        if (!TryEnter(client))
        {
            connection.Abort(new ConnectionAbortedException("The client has too many connections."));
            return;
        }

        try
        {
            await next(connection);
        }
        finally
        {
            Leave(client);
        }
    };

    private bool TryEnter(IPAddress client)
    {
        lock (_gate)
        {
            ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_counts, client, out _);
            if (count >= _most)
                return false;
            count++;
            return true;
        }
    }

    private void Leave(IPAddress client)
    {
        lock (_gate)
        {
            if (--CollectionsMarshal.GetValueRefOrNullRef(_counts, client) == 0)
                _counts.Remove(client);
        }
    }
}

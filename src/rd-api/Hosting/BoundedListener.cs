using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ReliableDownload.Api.Hosting;

/// <summary>Accepts as Kestrel's own listener does, but only while there is room in <see cref="ConnectionRoom"/>.</summary>
internal sealed class BoundedListener(IConnectionListener listener, ConnectionRoom room) : IConnectionListener
{
    private readonly CancellationTokenSource _unbound = new();

    public EndPoint EndPoint => listener.EndPoint;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await room.EnterAsync(_unbound.Token);
        }
        catch (OperationCanceledException)
        {
            return null;
        }

        var connection = await listener.AcceptAsync(cancellationToken);
        if (connection is null)
            room.Leave();
        return connection;
    }

    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        await _unbound.CancelAsync();
        await listener.UnbindAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await listener.DisposeAsync();
        _unbound.Dispose();
    }

    /// <summary>Kestrel takes the factory that was registered last.</summary>
    internal sealed class Factory(IOptions<SocketTransportOptions> transport, ILoggerFactory logs, ConnectionRoom room) : IConnectionListenerFactory
    {
        private readonly SocketTransportFactory _sockets = new(transport, logs);

        public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
            new BoundedListener(await _sockets.BindAsync(endpoint, cancellationToken), room);
    }
}

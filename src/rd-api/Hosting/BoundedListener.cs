using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ReliableDownload.Api.Hosting;

/// <summary>Accepts as Kestrel's own listener does, but only while there is room in <see cref="ConnectionRoom"/>.</summary>
/// <param name="listener">Kestrel's own.</param>
/// <param name="room">How many more there may be.</param>
/// <param name="passed">Is told of each connection; null for a socket of the server's own.</param>
internal sealed class BoundedListener(IConnectionListener listener, ConnectionRoom room, PassedListeners? passed) : IConnectionListener
{
    private readonly CancellationTokenSource _unbound = new();
    private volatile Task<ConnectionContext?> _lastAccept = Task.FromResult<ConnectionContext?>(null);

    public EndPoint EndPoint => listener.EndPoint;

    /// <summary>The last call of <see cref="AcceptAsync"/>; ends soon after <see cref="UnbindAsync"/>.</summary>
    public Task LastAccept => _lastAccept;

    public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
        new(_lastAccept = AcceptInRoomAsync(cancellationToken));

    private async Task<ConnectionContext?> AcceptInRoomAsync(CancellationToken cancellationToken)
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
        else
            passed?.Expect(connection);
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
    internal sealed class Factory(IOptions<SocketTransportOptions> transport, ILoggerFactory logs, ConnectionRoom room, PassedListeners passed) : IConnectionListenerFactory
    {
        private readonly SocketTransportFactory _sockets = new(transport, logs);

        public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
        {
            var isPassed = endpoint is FileHandleEndPoint;
            var listener = new BoundedListener(await _sockets.BindAsync(endpoint, cancellationToken), room, isPassed ? passed : null);
            if (isPassed)
                passed.Add(listener);
            return listener;
        }
    }
}

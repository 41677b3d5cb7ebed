using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ReliableDownload.Api.Hosting;

/// <summary>
/// Accepts as Kestrel's own listener does, but hands on only what there is room for in <see cref="ConnectionRoom"/>, and accepts nobody else before that. It takes no room
/// ahead: a listener to which nobody comes would keep it from the others.
/// </summary>
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
        if (await listener.AcceptAsync(cancellationToken) is not { } connection)
            return null;
        passed?.Expect(connection);
        // Where nobody else is accepted any more, it is answered beside those who are in, as it cannot be given back to the kernel.
        await room.EnterAsync(_unbound.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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

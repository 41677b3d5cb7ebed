using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using ReliableDownload.Api.Kernel;

namespace ReliableDownload.Api.Sending;

/// <summary>
/// Disconnects a client that accepts nothing, and never one that accepts something, however slow. Kestrel's own limit is for a
/// whole flush, which may be megabytes. Here Kestrel's heartbeat asks the kernel once a second what the client has acknowledged.
/// </summary>
internal sealed class StallWatch
{
    private readonly ConnectionContext _connection;
    private readonly Socket _socket;
    private readonly TimeSpan _limit;
    private readonly TimeProvider _time;
    private readonly bool _asksForUnsent;
    private long _progressed;
    private ulong _acknowledged;
    private bool _hasSent;

    /// <param name="connection">What is cut.</param>
    /// <param name="socket">Its socket.</param>
    /// <param name="limit">How long the client may accept nothing.</param>
    /// <param name="time">The clock.</param>
    /// <param name="asksForUnsent">Whether the kernel is asked if a send waits, because something between sender and socket, such as TLS, keeps it from saying so.</param>
    public StallWatch(ConnectionContext connection, Socket socket, TimeSpan limit, TimeProvider time, bool asksForUnsent = false)
    {
        (_connection, _socket, _limit, _time, _asksForUnsent) = (connection, socket, limit, time, asksForUnsent);
        _progressed = time.GetTimestamp();
        connection.Features.GetRequiredFeature<IConnectionHeartbeatFeature>().OnHeartbeat(static watch => ((StallWatch)watch).Look(), this);
    }

    /// <summary>Whether a send waits for the client. Set by the sender.</summary>
    public bool IsWaiting
    {
        private get => Volatile.Read(ref field);
        set
        {
            if (!value)
                Volatile.Write(ref _hasSent, true);
            Volatile.Write(ref field, value);
        }
    }

    private void Look()
    {
        // At a Unix socket the kernel tells nothing of what has arrived, so a send that ended has to do.
        if (!(_asksForUnsent ? TcpInfo.Unsent(_socket) > 0 : IsWaiting) || Interlocked.Exchange(ref _hasSent, false))
        {
            _progressed = _time.GetTimestamp();
            return;
        }

        // The socket accepts more only when much of its queue is gone, so a send may wait long although the client is receiving.
        if (TcpInfo.BytesAcknowledged(_socket) is { } acknowledged && acknowledged != _acknowledged)
            (_acknowledged, _progressed) = (acknowledged, _time.GetTimestamp());
        else if (_time.GetElapsedTime(_progressed) > _limit)
            _connection.Abort(new ConnectionAbortedException("The client accepted nothing for too long."));
    }
}

using System.Net;
using System.Net.Sockets;

namespace ReliableDownload.Client.Network;

/// <summary>
/// Connections that are made before somebody needs them, while a far server is asked something else: whoever connects next takes one.
/// Thread-safe.
/// </summary>
internal sealed class ReadySockets(TimeProvider clock) : IDisposable
{
    // A NAT or a server may drop a connection that was idle for long, and the network may have changed.
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(10);

    private readonly object _lock = new();
    private readonly List<Socket> _making = [];
    private readonly Queue<Socket> _made = new();
    private DnsEndPoint? _server;
    private long _since;

    /// <summary>Begins to make connections, each on a thread of its own: connecting asynchronously would leave them non-blocking for good.</summary>
    /// <param name="server">Whom they are for.</param>
    /// <param name="address">Which of its addresses they go to.</param>
    /// <param name="limit">How long one may take.</param>
    public void Make(int count, DnsEndPoint server, IPEndPoint address, TimeSpan limit)
    {
        lock (_lock)
        {
            (_server, _since) = (server, clock.GetTimestamp());
            for (var i = 0; i < count; i++)
            {
                var socket = NewSocket(address, limit);
                _making.Add(socket);
                new Thread(() => Make(socket, address)) { IsBackground = true }.Start();
            }
        }
    }

    /// <summary>A connection to <paramref name="server"/>, waited for where it is being made; null where there is none.</summary>
    public Socket? Take(DnsEndPoint server)
    {
        lock (_lock)
        {
            while (server.Equals(_server))
            {
                if (clock.GetElapsedTime(_since) > MaxAge)
                    Clear();
                if (_made.TryDequeue(out var socket))
                    return socket;
                if (_making.Count == 0)
                    return null;
                Monitor.Wait(_lock);
            }

            return null;
        }
    }

    /// <summary>The same without occupying a thread of the pool.</summary>
    public Task<Socket?> TakeAsync(DnsEndPoint server)
    {
        lock (_lock)
        {
            if (!server.Equals(_server) || (_made.Count == 0 && _making.Count == 0))
                return Task.FromResult<Socket?>(null);
        }

        return Task.Factory.StartNew(() => Take(server), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Closes the unused connections.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            foreach (var socket in _made.Concat(_making))
                socket.Dispose();
            _made.Clear();
            _making.Clear();
            Monitor.PulseAll(_lock);
        }
    }

    public void Dispose() => Clear();

    /// <summary>A socket whose connect(2) is bounded: on Unix the send timeout does that, and leaves it a blocking one.</summary>
    public static Socket NewSocket(IPEndPoint address, TimeSpan limit) =>
        new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, SendTimeout = (int)limit.TotalMilliseconds };

    private void Make(Socket socket, IPEndPoint address)
    {
        try
        {
            socket.Connect(address);
        }
        catch (Exception)
        {
            // Any failure, also that the socket was disposed of meanwhile: whoever needs a connection makes one, and tells what is wrong.
            socket.Dispose();
        }

        lock (_lock)
        {
            if (_making.Remove(socket) && socket.Connected)
                _made.Enqueue(socket);
            else
                socket.Dispose();
            Monitor.PulseAll(_lock);
        }
    }
}

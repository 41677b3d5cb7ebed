using System.Net;
using System.Net.Sockets;

namespace ReliableDownload.Tests.Support;

/// <summary>Listens on loopback and takes connections until it is disposed of, which waits for what is done with them.</summary>
internal sealed class Acceptor : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _connections = [];
    private readonly Task _accepting;

    /// <param name="carry">What is done with a connection, by its number from 0, until the end.</param>
    public Acceptor(Func<Socket, int, CancellationToken, Task> carry)
    {
        _listener.Start();
        _accepting = AcceptAsync(carry);
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private async Task AcceptAsync(Func<Socket, int, CancellationToken, Task> carry)
    {
        try
        {
            for (var number = 0; ; number++)
                _connections.Add(carry(await _listener.AcceptSocketAsync(_stop.Token), number, _stop.Token));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}

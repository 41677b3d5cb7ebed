using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace ReliableDownload.Tests.Support;

/// <summary>A line to a real server on which everything takes its time to arrive, however much is on its way.</summary>
internal sealed class FarLine : IAsyncDisposable
{
    private readonly EndPoint _server;
    private readonly TimeSpan _oneWay;
    private readonly Acceptor _acceptor;
    private long _first;
    private long _last;

    /// <param name="server">Where the server listens, at a port or a Unix socket.</param>
    /// <param name="oneWay">How long a byte takes in each direction. A connection is there at once: the kernel answers.</param>
    public FarLine(EndPoint server, TimeSpan oneWay)
    {
        (_server, _oneWay) = (server, oneWay);
        _acceptor = new Acceptor((client, _, stop) => CarryAsync(client, stop));
    }

    /// <summary>Host and port to ask.</summary>
    public string Authority => $"{_acceptor.EndPoint}";

    /// <summary>From the first connection's beginning to the last byte that the client got.</summary>
    public TimeSpan Took => Stopwatch.GetElapsedTime(Volatile.Read(ref _first), Volatile.Read(ref _last));

    public ValueTask DisposeAsync() => _acceptor.DisposeAsync();

    private async Task CarryAsync(Socket client, CancellationToken stop)
    {
        Interlocked.CompareExchange(ref _first, Stopwatch.GetTimestamp(), 0);
        using var server = new Socket(_server.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        using (client)
        {
            try
            {
                await server.ConnectAsync(_server, stop);
                await Task.WhenAll(CopyAsync(client, server, _ => { }, stop), CopyAsync(server, client, at => Volatile.Write(ref _last, at), stop));
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException)
            {
                // One of the two is gone.
            }
        }
    }

    private async Task CopyAsync(Socket from, Socket to, Action<long> arrived, CancellationToken stop)
    {
        var onTheWay = Channel.CreateUnbounded<(byte[] Bytes, long Sent)>();
        await Task.WhenAll(ReceiveAsync(), DeliverAsync());

        async Task ReceiveAsync()
        {
            var buffer = new byte[64 << 10];
            try
            {
                while (await from.ReceiveAsync(buffer, stop) is > 0 and var count)
                    onTheWay.Writer.TryWrite((buffer[..count], Stopwatch.GetTimestamp()));
            }
            finally
            {
                onTheWay.Writer.TryComplete();
            }
        }

        async Task DeliverAsync()
        {
            await foreach (var (bytes, sent) in onTheWay.Reader.ReadAllAsync(stop))
            {
                if (_oneWay - Stopwatch.GetElapsedTime(sent) is { Ticks: > 0 } left)
                    await Task.Delay(left, stop);
                for (var done = 0; done < bytes.Length;)
                    done += await to.SendAsync(bytes.AsMemory(done), stop);
                arrived(Stopwatch.GetTimestamp());
            }

            to.Shutdown(SocketShutdown.Send);
        }
    }
}

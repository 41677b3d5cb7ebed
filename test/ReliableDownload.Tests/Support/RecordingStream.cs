using System.Net.Sockets;

namespace ReliableDownload.Tests.Support;

/// <summary>A connection that keeps a copy of every byte that the other side sent.</summary>
internal sealed class RecordingStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
{
    private readonly MemoryStream _received = new();

    public byte[] Received => _received.ToArray();

    public static async ValueTask<RecordingStream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
        return new RecordingStream(socket);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await base.ReadAsync(buffer, cancellationToken);
        _received.Write(buffer.Span[..count]);
        return count;
    }
}

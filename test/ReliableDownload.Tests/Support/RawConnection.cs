using System.Net.Sockets;
using System.Text;

namespace ReliableDownload.Tests.Support;

/// <summary>Speaks HTTP byte for byte, for requests that no proper client would send and responses that none would take.</summary>
internal sealed class RawConnection : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly NetworkStream _stream;

    private RawConnection(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
    }

    /// <param name="server">Its base address.</param>
    /// <param name="receiveBuffer">In bytes; a small one lets the server feel soon that nobody reads.</param>
    public static async Task<RawConnection> OpenAsync(Uri server, int? receiveBuffer = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        if (receiveBuffer is { } size)
            socket.ReceiveBufferSize = size;
        await socket.ConnectAsync(server.IdnHost, server.Port);
        return new RawConnection(socket);
    }

    /// <summary>The status of the response to a GET with exactly this target.</summary>
    public static async Task<int> GetStatusAsync(Uri server, string target)
    {
        await using var connection = await OpenAsync(server);
        await connection.SendAsync($"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        return int.Parse((await connection.ReadToEndAsync()).Split(' ')[1]);
    }

    public async Task SendAsync(string text) => await _stream.WriteAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>As many bytes as there are, up to <paramref name="most"/>; 0 at the end. An <see cref="IOException"/> where it was cut.</summary>
    public async Task<int> ReadAsync(int most)
    {
        using var limit = new CancellationTokenSource(ProcessRunner.Limit);
        return await _stream.ReadAsync(new byte[most], limit.Token);
    }

    public async Task<string> ReadToEndAsync()
    {
        using var limit = new CancellationTokenSource(ProcessRunner.Limit);
        using var all = new MemoryStream();
        await _stream.CopyToAsync(all, limit.Token);
        return Encoding.Latin1.GetString(all.ToArray());
    }

    /// <summary>Says that nothing more is sent, and goes on reading.</summary>
    public void FinishSending() => _socket.Shutdown(SocketShutdown.Send);

    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}

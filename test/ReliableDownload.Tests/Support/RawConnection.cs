using System.Net;
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
    /// <param name="from">The client's address, such as 127.0.0.2; null for any.</param>
    public static async Task<RawConnection> OpenAsync(Uri server, int? receiveBuffer = null, string? from = null)
    {
        var socket = from is null ? new Socket(SocketType.Stream, ProtocolType.Tcp) : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (from is not null)
            socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        if (receiveBuffer is { } size)
            socket.ReceiveBufferSize = size;
        await socket.ConnectAsync(server.IdnHost, server.Port);
        return new RawConnection(socket);
    }

    /// <summary>The whole response to a GET with exactly this target; Latin-1 text.</summary>
    public static async Task<string> GetAsync(Uri server, string target)
    {
        await using var connection = await OpenAsync(server);
        await connection.SendAsync($"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        return await connection.ReadToEndAsync();
    }

    public async Task SendAsync(string text) => await _stream.WriteAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>The number of bytes read; 0 at the end, an <see cref="IOException"/> where the connection was cut.</summary>
    public async Task<int> ReadAsync(int most)
    {
        using var limit = new CancellationTokenSource(ProcessRunner.Limit);
        return await _stream.ReadAsync(new byte[most], limit.Token);
    }

    /// <summary>The next bytes, as Latin-1 text.</summary>
    public async Task<string> ReadSomeAsync()
    {
        using var limit = new CancellationTokenSource(ProcessRunner.Limit);
        var bytes = new byte[4096];
        return Encoding.Latin1.GetString(bytes, 0, await _stream.ReadAsync(bytes, limit.Token));
    }

    public async Task<string> ReadToEndAsync()
    {
        using var limit = new CancellationTokenSource(ProcessRunner.Limit);
        using var all = new MemoryStream();
        await _stream.CopyToAsync(all, limit.Token);
        return Encoding.Latin1.GetString(all.ToArray());
    }

    /// <summary>All that comes before the end, or before the connection is cut.</summary>
    public async Task<string> ReadToCutAsync()
    {
        using var limit = new CancellationTokenSource(ProcessRunner.Limit);
        using var all = new MemoryStream();
        var bytes = new byte[4096];
        try
        {
            for (int count; (count = await _stream.ReadAsync(bytes, limit.Token)) > 0;)
                all.Write(bytes, 0, count);
        }
        catch (IOException)
        {
            // What came before that counts.
        }

        return Encoding.Latin1.GetString(all.ToArray());
    }

    /// <summary>Waits, without reading, until the server cuts the connection; false where it does not.</summary>
    public bool WaitForCut(TimeSpan limit) => _socket.Poll(limit, SelectMode.SelectError);

    /// <summary>Goes away without a word, as a program that is killed with unread data does.</summary>
    public void Reset() => _socket.Close(timeout: 0);

    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}

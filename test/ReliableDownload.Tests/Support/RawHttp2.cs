using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace ReliableDownload.Tests.Support;

/// <summary>Speaks HTTP/2 frame by frame (RFC 9113), for what no proper client would do.</summary>
internal sealed class RawHttp2 : IAsyncDisposable
{
    private const byte Headers = 1;
    private const byte ResetStream = 3;
    private const byte Settings = 4;

    private readonly SslStream _stream;
    private readonly string _authority;
    private int _lastStream = -1;

    private RawHttp2(SslStream stream, string authority) => (_stream, _authority) = (stream, authority);

    /// <param name="window">How many bytes of each answer the client takes at first.</param>
    public static async Task<RawHttp2> OpenAsync(Uri server, int window = 65_535)
    {
        var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port);
        var stream = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, shown, _, _) => shown is not null);
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = server.Host, ApplicationProtocols = [SslApplicationProtocol.Http2] });
        var connection = new RawHttp2(stream, server.Authority);
        var initialWindow = new byte[6];
        initialWindow[1] = 4;
        BinaryPrimitives.WriteInt32BigEndian(initialWindow.AsSpan(2), window);
        await stream.WriteAsync((byte[])[.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(Settings, 0, 0, initialWindow)]);
        return connection;
    }

    /// <summary>Asks for a path on new streams, all at once.</summary>
    /// <param name="reset">Whether each is given up at once.</param>
    public async Task AskAsync(string path, int count, bool reset = false)
    {
        byte[] head = [0x82, 0x87, 0x04, (byte)path.Length, .. Encoding.ASCII.GetBytes(path), 0x01, (byte)_authority.Length, .. Encoding.ASCII.GetBytes(_authority)];
        using var frames = new MemoryStream();
        for (var i = 0; i < count; i++)
        {
            _lastStream += 2;
            frames.Write(Frame(Headers, 0x5, _lastStream, head));
            if (reset)
                frames.Write(Frame(ResetStream, 0, _lastStream, [0, 0, 0, 8]));
        }

        await _stream.WriteAsync(frames.ToArray());
    }

    /// <summary>Reads until the server closes or cuts the connection.</summary>
    public async Task ReadToEndAsync()
    {
        using var limit = new CancellationTokenSource(ProcessRunner.Limit);
        var buffer = new byte[64 << 10];
        try
        {
            while (await _stream.ReadAsync(buffer, limit.Token) > 0)
            {
            }
        }
        catch (IOException)
        {
            // It was cut.
        }
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private static byte[] Frame(byte type, byte flags, int stream, byte[] payload)
    {
        var head = new byte[9];
        BinaryPrimitives.WriteInt32BigEndian(head, payload.Length << 8);
        (head[3], head[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(5), stream);
        return [.. head, .. payload];
    }
}

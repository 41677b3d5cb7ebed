using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ReliableDownload.Bench.Clients;

/// <summary>
/// One connection, kept alive, that never waits: it asks for a range, takes what has come of it, looks whether that is the file, and asks
/// for the next. One thread uses it; any may read <see cref="Received"/>.
/// </summary>
internal sealed class Client : IDisposable
{
    // Bytes that are compared at both ends of what came: each byte that is lost, doubled or another range's moves them. All of them would
    // cost as much as receiving.
    private const int Compared = 64;

    private readonly Socket _socket;
    private readonly string _target;
    private readonly byte[] _content;
    private readonly int _rangeSize;
    private long _received;
    private int _position;
    private int _left;
    private bool _awaitsHead;

    /// <param name="server">Where to connect.</param>
    /// <param name="target">What to ask for.</param>
    /// <param name="content">What it must be.</param>
    /// <param name="offset">Of the first range, in bytes.</param>
    /// <param name="rangeSize">Bytes to ask for at once.</param>
    /// <param name="receiveBuffer">Bytes that the kernel may hold; null leaves that to it.</param>
    public Client(IPEndPoint server, string target, byte[] content, int offset, int rangeSize, int? receiveBuffer)
    {
        (_target, _content, _rangeSize, _position) = (target, content, rangeSize, offset % content.Length);
        _socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (receiveBuffer is { } size)
            _socket.ReceiveBufferSize = size;
        _socket.Connect(server);
        _socket.Blocking = false;
        Ask();
    }

    public Socket Socket => _socket;

    /// <summary>Bytes of the file.</summary>
    public long Received => Volatile.Read(ref _received);

    /// <summary>Takes what there is, as much as <paramref name="buffer"/> holds at the most.</summary>
    public void Receive(Span<byte> buffer)
    {
        var wanted = _awaitsHead ? buffer.Length : Math.Min(buffer.Length, _left);
        var count = _socket.Receive(buffer[..wanted], SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock)
            return;
        if (error != SocketError.Success)
            throw new SocketException((int)error);
        if (count == 0)
            throw new EndOfStreamException("The server ended a connection.");
        var body = buffer[..count];
        if (_awaitsHead)
            body = body[HeadLength(body)..];
        Check(body);
        _position += body.Length;
        _left -= body.Length;
        Volatile.Write(ref _received, _received + body.Length);
        if (_left == 0)
            Ask();
    }

    public void Dispose() => _socket.Dispose();

    private void Ask()
    {
        _position %= _content.Length;
        _left = Math.Min(_rangeSize, _content.Length - _position);
        _awaitsHead = true;
        _socket.Send(Encoding.ASCII.GetBytes(
            $"GET {_target} HTTP/1.1\r\nHost: {_socket.RemoteEndPoint}\r\nRange: bytes={_position}-{_position + _left - 1}\r\n\r\n"));
    }

    // Servers send a head in one packet: one that came in pieces is not worth the code here.
    private int HeadLength(ReadOnlySpan<byte> received)
    {
        var end = received.IndexOf("\r\n\r\n"u8);
        if (end < 0 || !received.StartsWith("HTTP/1.1 206 "u8))
            throw new InvalidDataException($"No head of a range: {Encoding.ASCII.GetString(received[..Math.Min(received.Length, 200)])}");
        _awaitsHead = false;
        return end + 4;
    }

    private void Check(ReadOnlySpan<byte> body)
    {
        var expected = _content.AsSpan(_position, body.Length);
        var count = Math.Min(Compared, body.Length);
        if (!body[..count].SequenceEqual(expected[..count]) || !body[^count..].SequenceEqual(expected[^count..]))
            throw new InvalidDataException($"Wrong bytes near {_position}.");
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ReliableDownload.Bench.Latency;

/// <summary>
/// Asks for one target over and over on one connection, and notes how long each answer takes until its last byte. A request that comes late
/// because the answer before it was late counts from when it was due: who waits in a queue waits for all of it.
/// </summary>
internal sealed class Probe(IPEndPoint server, string target, int perSecond)
{
    private const int BufferSize = 256 << 10; // bytes; a whole answer

    // Of a folder this asks for everything below it.
    private const string AsStream = "Accept: application/x-ndjson, */*;q=0.5\r\n";

    private readonly byte[] _request = Encoding.ASCII.GetBytes(
        $"GET {target} HTTP/1.1\r\nHost: {server}\r\n{(target.EndsWith('/') ? "" : AsStream)}\r\n");

    public List<TimeSpan> Taken { get; } = [];

    public void Run(TimeSpan duration, WaitHandle over)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 60_000 };
        socket.Connect(server);
        var buffer = new byte[BufferSize];
        var watch = Stopwatch.StartNew();
        for (var due = TimeSpan.Zero; due < duration && !over.WaitOne(0); due += TimeSpan.FromSeconds(1) / perSecond)
        {
            var asked = due;
            if (due - watch.Elapsed is var rest && rest > TimeSpan.Zero)
            {
                over.WaitOne(rest);
                asked = watch.Elapsed;
            }

            socket.Send(_request);
            ReadAnswer(socket, buffer);
            Taken.Add(watch.Elapsed - asked);
        }
    }

    private void ReadAnswer(Socket socket, byte[] buffer)
    {
        int received = 0, end;
        do
            received += Receive(socket, buffer.AsSpan(received));
        while ((end = buffer.AsSpan(0, received).IndexOf("\r\n\r\n"u8)) < 0);
        var head = Encoding.ASCII.GetString(buffer, 0, end);
        if (!head.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal))
            throw new InvalidDataException($"{target}: {head}");
        var length = ContentLength(head);
        while (length is { } size ? received < end + 4 + size : !buffer.AsSpan(0, received).EndsWith("\r\n0\r\n\r\n"u8))
            received += Receive(socket, buffer.AsSpan(received));
    }

    /// <summary>Null where the body is chunked.</summary>
    private static int? ContentLength(string head)
    {
        const string Name = "\r\nContent-Length: ";
        var at = head.IndexOf(Name, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? null : int.Parse(head.AsSpan(at + Name.Length).ToString().Split('\r')[0], CultureInfo.InvariantCulture);
    }

    private static int Receive(Socket socket, Span<byte> buffer) =>
        socket.Receive(buffer) is > 0 and var received ? received : throw new EndOfStreamException("The server ended the connection.");
}

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

// Fetches a file, or ranges of it, over some connections at once, a blocking thread for each, and throws the bytes away: what a server
// can give shows only where its client costs little. Prints how many seconds it took.
const int bufferSize = 256 << 10; // bytes; larger ones cost the reader no less
const int stackSize = 256 << 10;

if (args is not [var address, var target, var connections, var fileSize, var rangeSize, var requests]
    || !IPEndPoint.TryParse(address, out var server)
    || !int.TryParse(connections, NumberStyles.None, CultureInfo.InvariantCulture, out var connectionCount)
    || !long.TryParse(fileSize, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
    || !long.TryParse(rangeSize, NumberStyles.None, CultureInfo.InvariantCulture, out var range)
    || !int.TryParse(requests, NumberStyles.None, CultureInfo.InvariantCulture, out var requestCount))
{
    Console.Error.WriteLine("reader: usage: reader ADDRESS:PORT TARGET CONNECTIONS FILE_SIZE RANGE_SIZE|0 REQUESTS");
    return 2;
}

var asked = -1;
var watch = Stopwatch.StartNew();
var threads = Enumerable.Range(0, connectionCount).Select(_ => new Thread(Read, stackSize)).ToList();
threads.ForEach(thread => thread.Start());
threads.ForEach(thread => thread.Join());
Console.Out.WriteLine(watch.Elapsed.TotalSeconds.ToString("0.0000", CultureInfo.InvariantCulture));
return 0;

void Read()
{
    using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
    socket.Connect(server);
    var buffer = new byte[bufferSize];
    while (Interlocked.Increment(ref asked) is var request && request < requestCount)
    {
        var first = range == 0 ? 0 : request * range % size;
        var rangeLine = range == 0 ? "" : $"Range: bytes={first}-{first + range - 1}\r\n";
        socket.Send(Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: {server}\r\n{rangeLine}\r\n"));
        var left = range == 0 ? size : range;
        left -= ReadHead(socket, buffer);
        while (left > 0)
            left -= Receive(socket, buffer.AsSpan(0, (int)Math.Min(left, bufferSize)));
    }
}

// The number of bytes of the body that came with the head.
int ReadHead(Socket socket, byte[] buffer)
{
    var received = 0;
    int end;
    do
        received += Receive(socket, buffer.AsSpan(received));
    while ((end = buffer.AsSpan(0, received).IndexOf("\r\n\r\n"u8)) < 0);
    if (!buffer.AsSpan().StartsWith(range == 0 ? "HTTP/1.1 200 "u8 : "HTTP/1.1 206 "u8))
        throw new InvalidDataException(Encoding.ASCII.GetString(buffer, 0, end));
    return received - end - 4;
}

int Receive(Socket socket, Span<byte> buffer) =>
    socket.Receive(buffer) is > 0 and var received ? received : throw new EndOfStreamException("The server ended the connection.");

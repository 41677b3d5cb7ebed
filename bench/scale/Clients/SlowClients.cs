using System.Diagnostics;
using System.Net;

namespace ReliableDownload.Bench.Clients;

/// <summary>
/// Clients at the end of slow lines: each takes ten times a second what its line carried meanwhile, and its kernel holds little more, so
/// that the server's side of the connection is always full. All on one thread, some at a time.
/// </summary>
internal static class SlowClients
{
    private const int ReceiveBuffer = 32 << 10; // bytes
    private const int LeastTaken = 1 << 10; // bytes; a head comes as a whole
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    public static Client Connect(IPEndPoint server, string target, byte[] content, int number) =>
        new(server, target, content, number * ReceiveBuffer, content.Length, ReceiveBuffer);

    public static void Run(Client[] clients, int bytesPerSecond, WaitHandle over)
    {
        var buffer = new byte[ReceiveBuffer];
        var watch = Stopwatch.StartNew();
        var done = 0L;
        while (!over.WaitOne(Tick))
        {
            // As many as are due: each client once in a turn.
            for (var due = (long)(watch.Elapsed / Turn * clients.Length); done < due; done++)
            {
                var client = clients[done % clients.Length];
                var allowed = (long)(watch.Elapsed.TotalSeconds * bytesPerSecond) - client.Received;
                if (allowed >= LeastTaken)
                    client.Receive(buffer.AsSpan(0, (int)Math.Min(allowed, ReceiveBuffer)));
            }
        }
    }
}

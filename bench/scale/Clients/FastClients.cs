using System.Net;
using System.Net.Sockets;

namespace ReliableDownload.Bench.Clients;

/// <summary>Clients that take all that comes, in turn, on one thread.</summary>
internal static class FastClients
{
    private const int RangeSize = 16 << 20; // bytes
    private const int BufferSize = 256 << 10; // bytes; larger ones cost the reader no less
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static Client Connect(IPEndPoint server, string target, byte[] content, int number) =>
        new(server, target, content, number * BufferSize, RangeSize, receiveBuffer: null);

    public static void Run(Client[] clients, WaitHandle over)
    {
        var bySocket = clients.ToDictionary(client => client.Socket);
        var buffer = new byte[BufferSize];
        var ready = new List<Socket>(clients.Length);
        while (clients.Length > 0 && !over.WaitOne(0))
        {
            ready.Clear();
            ready.AddRange(bySocket.Keys);
            Socket.Select(ready, null, null, Patience);
            if (ready.Count == 0)
                throw new InvalidDataException($"No fast client got a byte for {Patience.TotalSeconds} s.");
            foreach (var socket in ready)
                bySocket[socket].Receive(buffer);
        }
    }
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

// A TCP proxy that sends each client so many bytes per second and no more.
const int maxClients = 64;
const int solSocket = 1; // SOL_SOCKET
const int maxPacingRate = 47; // SO_MAX_PACING_RATE of socket(7): the kernel paces, without bursts; accepted sockets inherit it

if (args is not [var listen, var upstream, var rate]
    || !IPEndPoint.TryParse(listen, out var address)
    || !IPEndPoint.TryParse(upstream, out var server)
    || !int.TryParse(rate, NumberStyles.None, CultureInfo.InvariantCulture, out var bytesPerSecond))
{
    Console.Error.WriteLine("cap: usage: cap LISTEN_ADDRESS:PORT SERVER_ADDRESS:PORT BYTES_PER_SECOND");
    return 2;
}

using var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
listener.SetRawSocketOption(solSocket, maxPacingRate, MemoryMarshal.AsBytes([bytesPerSecond]));
listener.Bind(address);
listener.Listen();
Console.Out.WriteLine("ready");
await Task.WhenAll(Enumerable.Range(0, maxClients).Select(_ => ServeAsync()));
return 0;

async Task ServeAsync()
{
    while (true)
    {
        using var toClient = await listener.AcceptAsync();
        using var toServer = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await toServer.ConnectAsync(server);
            await Task.WhenAll(CopyAsync(toServer, toClient), CopyAsync(toClient, toServer));
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            // One end hung up, which the other end learns by the same: nothing to tell.
        }
    }
}

static async Task CopyAsync(Socket source, Socket target)
{
    var buffer = new byte[16 << 10];
    try
    {
        while (await source.ReceiveAsync(buffer) is > 0 and var length)
            await target.SendAsync(buffer.AsMemory(0, length));
        target.Shutdown(SocketShutdown.Send);
    }
    catch
    {
        // The copy the other way must not wait for what no longer comes.
        source.Dispose();
        target.Dispose();
        throw;
    }
}

using System.Net;
using System.Net.Sockets;

namespace ReliableDownload.Tests.Support;

/// <summary>For programs that have to be told a port, and cannot choose one.</summary>
internal static class FreePort
{
    /// <summary>A port that was free a moment ago; somebody else may take it meanwhile.</summary>
    public static int Find()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

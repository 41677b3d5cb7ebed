using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using ReliableDownload.Api.Kernel;

namespace ReliableDownload.Api.Hosting;

/// <summary>
/// TCP congestion control, as far as Linux lets a program choose it. Unless the user names one, distant clients get BBR, which measures
/// what the line can carry, while most others take every lost packet as a sign of congestion and slow to a crawl. Near clients never get it:
/// there a lost packet costs nothing, and BBR's timers cost a lot.
/// </summary>
internal static class CongestionControl
{
    // Longer than any local network takes, and shorter than any internet line.
    private static readonly TimeSpan FarAway = TimeSpan.FromMilliseconds(1);

    private const string OfFarClients = "bbr";
    private const string InPlaceOfIt = "reno"; // Every Linux has it and lets every user select it (tcp(7)).
    private const int Option = 13; // TCP_CONGESTION
    private const int MaxName = 16; // TCP_CA_NAME_MAX

    /// <summary>
    /// Makes connections start as near ones. Later is too late: a connection that ever used BBR keeps its timers (measured, Linux 6.18).
    /// </summary>
    public static void BeginNear(Socket listening)
    {
        if (Name(listening) == OfFarClients)
            _ = TrySet(listening, InPlaceOfIt);
    }

    /// <summary>Chooses for each accepted connection by the round trip of its handshake.</summary>
    public static ConnectionDelegate ByDistance(ConnectionDelegate next) => connection =>
    {
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket)
            Choose(socket, FarAway);
        return next(connection);
    };

    /// <param name="farAway">The shortest round trip of a distant client.</param>
    public static void Choose(Socket socket, TimeSpan farAway)
    {
        // If the kernel does not allow it to this user, nothing can be done.
        if (TcpInfo.RoundTrip(socket) >= farAway)
            _ = TrySet(socket, OfFarClients);
    }

    /// <summary>False if the kernel does not know it, or does not allow it to this user.</summary>
    public static bool TrySet(Socket socket, string name) => ListenSocket.TrySet(socket, Option, Encoding.UTF8.GetBytes(name));

    /// <summary>The name of the one that a socket uses; empty if the client is already gone.</summary>
    public static string Name(Socket socket)
    {
        Span<byte> name = stackalloc byte[MaxName];
        return Encoding.UTF8.GetString(name[..Get(socket, Option, name)]).TrimEnd('\0');
    }

    /// <summary>The number of bytes that the kernel returned; 0 if it fails, for example because the client is already gone.</summary>
    private static int Get(Socket socket, int option, Span<byte> value)
    {
        if (!OperatingSystem.IsLinux())
            return 0;
        try
        {
            return socket.GetRawSocketOption(ListenSocket.Tcp, option, value);
        }
        catch (SocketException)
        {
            return 0;
        }
    }
}

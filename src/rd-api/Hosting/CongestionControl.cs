using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using ReliableDownload.Api.Kernel;

namespace ReliableDownload.Api.Hosting;

/// <summary>
/// TCP's congestion control, as Linux lets a program choose it. Unless a person names one, clients far away get BBR, which measures what
/// the line bears, where most others take each lost packet for a full line, and crawl. Near clients never have it: there a lost packet costs
/// nothing, and BBR's timers cost much.
/// </summary>
internal static class CongestionControl
{
    // No local network takes as long, and no line of the internet less.
    private static readonly TimeSpan FarAway = TimeSpan.FromMilliseconds(1);

    private const string OfFarClients = "bbr";
    private const string InPlaceOfIt = "reno"; // All Linux has it, and lets every user have it (tcp(7)).
    private const int Option = 13; // TCP_CONGESTION
    private const int MaxName = 16; // TCP_CA_NAME_MAX

    /// <summary>
    /// Has connections begin as near ones. Later is too late: one that ever had BBR keeps its timers (measured, Linux 6.18).
    /// </summary>
    public static void BeginNear(Socket listening)
    {
        if (Name(listening) == OfFarClients)
            _ = TrySet(listening, InPlaceOfIt);
    }

    /// <summary>Chooses for each connection as it comes: its handshake took a round trip.</summary>
    public static ConnectionDelegate ByDistance(ConnectionDelegate next) => connection =>
    {
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket)
            Choose(socket, FarAway);
        return next(connection);
    };

    /// <param name="farAway">The round trip from which on a client is far away.</param>
    public static void Choose(Socket socket, TimeSpan farAway)
    {
        // Where the kernel does not let this user have it there is nothing to be done about it.
        if (TcpInfo.RoundTrip(socket) >= farAway)
            _ = TrySet(socket, OfFarClients);
    }

    /// <summary>False where the kernel knows no such thing, or does not allow it to this user.</summary>
    public static bool TrySet(Socket socket, string name) => ListenSocket.TrySet(socket, Option, Encoding.UTF8.GetBytes(name));

    private static string Name(Socket socket)
    {
        Span<byte> name = stackalloc byte[MaxName];
        return Encoding.UTF8.GetString(name[..Get(socket, Option, name)]).TrimEnd('\0');
    }

    /// <summary>The number of bytes that the kernel told; 0 where it does not, as of a client that is gone already.</summary>
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

using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace ReliableDownload.Api.Hosting;

/// <summary>
/// Makes the listening sockets. On Linux accepted connections inherit their settings for sending: the congestion control,
/// if the user names one, and how much may be queued.
/// </summary>
internal static class ListenSocket
{
    private const string KernelsOwn = "default";

    // Bytes that may be queued in the kernel beyond those in flight; it asks for more when half of them are gone. Measured on loopback, server
    // CPU time of one and of five connections: 0.43 and 0.42 s/GiB with 512 KiB, 0.33 and 0.33 with 2 MiB, 0.36 and 0.23 without a limit. For a
    // client that stops reading, 2.1 MB are queued with 2 MiB, and 4.0 MB without a limit.
    private const int UnsentLimit = 2 << 20;

    /// <summary>The level of TCP's options, SOL_TCP.</summary>
    public const int Tcp = 6;

    private const int UnsentLimitOption = 25; // TCP_NOTSENT_LOWAT

    /// <param name="point">Where to listen.</param>
    /// <param name="congestionControl">A name; <c>default</c> leaves the choice to the kernel, null chooses for each connection.</param>
    /// <exception cref="CannotStartException">The address cannot be used, or the kernel refuses the named congestion control.</exception>
    public static Socket Bind(ListenPoint point, string? congestionControl)
    {
        var socket = Bind(point);
        if (socket.AddressFamily != AddressFamily.Unix)
            Configure(socket, congestionControl);
        try
        {
            // Kestrel does so again, with a queue of its own length; here it shows what cannot be listened on.
            socket.Listen();
        }
        catch (SocketException error)
        {
            throw CannotStartException.Of(error, point);
        }

        return socket;
    }

    /// <summary>
    /// Connection middleware for a socket that was passed: what connected before this process knew of it has inherited nothing.
    /// </summary>
    public static ConnectionDelegate Around(ConnectionDelegate next, string? congestionControl) => connection =>
    {
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is { AddressFamily: not AddressFamily.Unix } socket)
            Configure(socket, congestionControl);
        return next(connection);
    };

    private static void Configure(Socket socket, string? congestionControl)
    {
        TrySet(socket, UnsentLimitOption, BitConverter.GetBytes(UnsentLimit));
        if (congestionControl is null)
            CongestionControl.BeginNear(socket);
        if (congestionControl is null or KernelsOwn || CongestionControl.TrySet(socket, congestionControl))
            return;
        socket.Dispose();
        throw new CannotStartException(
            $"congestion control {congestionControl} is not to be had: choose with --congestion-control {KernelsOwn}{Choice()}");
    }

    private static Socket Bind(ListenPoint point)
    {
        try
        {
            return point.EndPoint is UnixDomainSocketEndPoint path
                ? UnixSocket.Bind(path, point.Mode)
                : SocketTransportOptions.CreateDefaultBoundListenSocket(point.EndPoint);
        }
        catch (SocketException error)
        {
            throw CannotStartException.Of(error, point);
        }
    }

    /// <summary>False if the kernel does not know it, or does not allow it to this user.</summary>
    public static bool TrySet(Socket socket, int option, byte[] value)
    {
        if (!OperatingSystem.IsLinux())
            return false;
        try
        {
            socket.SetRawSocketOption(Tcp, option, value);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static string Choice() => OperatingSystem.IsLinux()
        ? $", or one of {Known("available")} (without privileges: {Known("allowed")})"
        : "; others need Linux";

    private static string Known(string which) => File.ReadAllText($"/proc/sys/net/ipv4/tcp_{which}_congestion_control").Trim().Replace(" ", ", ");
}

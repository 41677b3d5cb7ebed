using System.Net.Sockets;

namespace ReliableDownload.Api.Kernel;

/// <summary>What Linux knows about a TCP connection (TCP_INFO, struct tcp_info of linux/tcp.h). On other systems, and once it is closed, nothing.</summary>
internal static class TcpInfo
{
    private const int Tcp = 6; // SOL_TCP
    private const int Option = 11; // TCP_INFO
    private const int RoundTripOffset = 68; // tcpi_rtt, microseconds
    private const int AcknowledgedOffset = 120; // tcpi_bytes_acked
    private const int Length = AcknowledgedOffset + sizeof(ulong);
    private const int UnsentOffset = 144; // tcpi_notsent_bytes, since Linux 4.6
    private const int LengthWithUnsent = UnsentOffset + sizeof(uint);

    /// <summary>The smoothed round trip; zero if unknown.</summary>
    public static TimeSpan RoundTrip(Socket socket)
    {
        Span<byte> info = stackalloc byte[Length];
        return TryGet(socket, info) ? TimeSpan.FromMicroseconds(BitConverter.ToUInt32(info[RoundTripOffset..])) : TimeSpan.Zero;
    }

    /// <summary>How many bytes the other side has acknowledged so far; null if unknown.</summary>
    public static ulong? BytesAcknowledged(Socket socket)
    {
        Span<byte> info = stackalloc byte[Length];
        return TryGet(socket, info) ? BitConverter.ToUInt64(info[AcknowledgedOffset..]) : null;
    }

    /// <summary>How many bytes wait to be sent, because the other side takes no more; null if unknown.</summary>
    public static uint? Unsent(Socket socket)
    {
        Span<byte> info = stackalloc byte[LengthWithUnsent];
        return TryGet(socket, info) ? BitConverter.ToUInt32(info[UnsentOffset..]) : null;
    }

    private static bool TryGet(Socket socket, Span<byte> info)
    {
        if (!OperatingSystem.IsLinux())
            return false;
        try
        {
            return socket.GetRawSocketOption(Tcp, Option, info) == info.Length;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }
}

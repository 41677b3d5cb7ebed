using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Api.Sending;

/// <summary>
/// sendfile(2), by which the kernel moves bytes from a file to a socket without a copy in this process. Nothing here waits or says why it
/// did not send: a socket may be full or gone, a file at its end. Reading and sending by the framework finds out which.
/// </summary>
internal static partial class KernelSend
{
    private const int EINTR = 4;
    private const int MoreFollows = 0x8000 | 0x4000 | 0x40; // MSG_MORE | MSG_NOSIGNAL | MSG_DONTWAIT

    /// <summary>Whether this system has it; with offsets of 64 bits, as all 64-bit Linux has.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    /// <summary>The number of bytes that the socket took of what comes before a region; it leaves in one packet with that.</summary>
    public static unsafe int SendHead(Socket socket, ReadOnlySpan<byte> head)
    {
        fixed (byte* bytes = head)
            return (int)Math.Max(SendBytes(socket.SafeHandle, bytes, head.Length, MoreFollows), 0);
    }

    /// <summary>The number of bytes that the socket took.</summary>
    public static unsafe int Send(Socket socket, FileRegion region)
    {
        nint sent;
        do
        {
            var offset = region.Offset;
            sent = SendFile(socket.SafeHandle, region.File, &offset, region.Count);
        }
        while (sent < 0 && Marshal.GetLastPInvokeError() == EINTR);
        return (int)Math.Max(sent, 0);
    }

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static unsafe partial nint SendBytes(SafeSocketHandle socket, byte* bytes, nint count, int flags);

    [LibraryImport("libc", EntryPoint = "sendfile", SetLastError = true)]
    private static unsafe partial nint SendFile(SafeSocketHandle socket, SafeFileHandle file, long* offset, nint count);
}

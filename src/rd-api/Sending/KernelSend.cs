using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Api.Sending;

/// <summary>
/// Sends without waiting: sendfile(2), with which the kernel moves bytes from a file to a socket without a copy in this process, and send(2).
/// Neither reports why nothing was sent (socket full or gone, end of file); reading and sending through the framework finds out.
/// </summary>
internal static partial class KernelSend
{
    private const int EINTR = 4;
    private const int NoWait = 0x4000 | 0x40; // MSG_NOSIGNAL | MSG_DONTWAIT
    private const int More = 0x8000; // MSG_MORE

    /// <summary>Whether this system has it, with 64-bit offsets, as on all 64-bit Linux.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    /// <summary>The number of bytes that the socket accepted.</summary>
    /// <param name="moreFollows">Whether the kernel may hold back the end, to send it in one packet with what follows.</param>
    public static unsafe int Send(Socket socket, ReadOnlySpan<byte> bytes, bool moreFollows)
    {
        fixed (byte* start = bytes)
            return (int)Math.Max(SendBytes(socket.SafeHandle, start, bytes.Length, moreFollows ? NoWait | More : NoWait), 0);
    }

    /// <summary>The number of bytes that the socket accepted.</summary>
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

using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Api.Sending;

/// <summary>sendfile(2): the kernel moves bytes from a file to a socket without a copy in this process.</summary>
internal static partial class KernelSend
{
    private const int EINTR = 4;

    /// <summary>Whether this system has it; with offsets of 64 bits, as all 64-bit Linux has.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    /// <summary>
    /// The number of bytes that the socket took without waiting. 0 has many reasons, from a full socket to a file that ended; reading
    /// and sending by the framework finds out which.
    /// </summary>
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

    [LibraryImport("libc", EntryPoint = "sendfile", SetLastError = true)]
    private static unsafe partial nint SendFile(SafeSocketHandle socket, SafeFileHandle file, long* offset, nint count);
}

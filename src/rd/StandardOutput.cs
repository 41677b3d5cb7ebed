using System.Runtime.InteropServices;

namespace ReliableDownload.Rd;

/// <summary>
/// Standard output for the bytes of a file. The framework's own stream drops what is written into a pipe that nobody reads any more, and a file stream
/// would write over what others wrote into the same file.
/// </summary>
internal sealed partial class StandardOutput : Stream
{
    private const int Descriptor = 1;
    private const int SetPipeSize = 1031; // F_SETPIPE_SZ of Linux
    private const int PipeSize = 1 << 20; // bytes; the most that Linux grants everybody
    private const int Interrupted = 4; // EINTR
    private const short Writable = 4; // POLLOUT

    // EAGAIN; where the shell's terminal or a socket was made non-blocking by someone else.
    private static readonly int WouldBlock = OperatingSystem.IsLinux() ? 11 : 35;

    private StandardOutput()
    {
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public static Stream Open()
    {
        if (OperatingSystem.IsWindows())
            return Console.OpenStandardOutput();
        // With 64 KiB writer and reader wake each other sixteen times as often. Where it is refused, or no pipe, nothing is lost.
        if (OperatingSystem.IsLinux())
            _ = ControlDescriptor(Descriptor, SetPipeSize, PipeSize);
        return new StandardOutput();
    }

    public override unsafe void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            nint count;
            fixed (byte* first = buffer)
                count = WriteDescriptor(Descriptor, first, buffer.Length);
            if (count >= 0)
                buffer = buffer[(int)count..];
            else
                WaitOrThrow(Marshal.GetLastPInvokeError());
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        // Nothing is held back.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private static void WaitOrThrow(int error)
    {
        if (error == WouldBlock)
            _ = Poll(new PollDescriptor { Descriptor = Descriptor, Events = Writable }, 1, timeout: -1);
        else if (error != Interrupted)
            throw new IOException(Marshal.GetPInvokeErrorMessage(error), error);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Happened;
    }

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static unsafe partial nint WriteDescriptor(int descriptor, byte* data, nint count);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(in PollDescriptor descriptors, nuint count, int timeout);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int ControlDescriptor(int descriptor, int command, int argument);
}

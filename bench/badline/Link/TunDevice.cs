using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Bench.Link;

/// <summary>
/// A network device of Linux whose other end is this program (Documentation/networking/tuntap.rst): what the kernel sends comes out of
/// <see cref="Read"/>. Created by opening it, gone with its handle, and the handle still works when the device is moved to another
/// network namespace. One thread may read while another writes.
/// </summary>
internal sealed partial class TunDevice : IDisposable
{
    /// <summary>In bytes; the devices' MTU must not be larger.</summary>
    public const int MaxPacket = 9000;

    private const int OpenFlags = 0x2 | 0x800 | 0x80000; // O_RDWR | O_NONBLOCK | O_CLOEXEC
    private const nuint SetInterface = 0x400454CA; // TUNSETIFF
    private const short TunWithoutHeader = 0x0001 | 0x1000; // IFF_TUN | IFF_NO_PI
    private const short Readable = 0x1; // POLLIN
    private const int EINTR = 4;
    private const int EAGAIN = 11;
    private const int MaxName = 15; // IFNAMSIZ without the terminating NUL

    private readonly SafeFileHandle _handle;
    private readonly string _name;

    public TunDevice(string name)
    {
        if (name.Length is 0 or > MaxName || !Ascii.IsValid(name))
            throw new LinkException($"A device's name has 1 to {MaxName} letters of ASCII, unlike '{name}'.");
        _name = name;
        _handle = Open("/dev/net/tun", OpenFlags);
        var request = new InterfaceRequest { Flags = TunWithoutHeader };
        Encoding.ASCII.GetBytes(name, request.Name);
        if (_handle.IsInvalid || Control(_handle, SetInterface, ref request) < 0)
            throw new LinkException($"Cannot make the device '{name}': {LastError()}. This needs root and /dev/net/tun.");
    }

    /// <summary>Returns when there is a packet to read, or after <paramref name="limit"/>.</summary>
    public void WaitForPacket(TimeSpan limit)
    {
        if (limit < TimeSpan.Zero)
            limit = TimeSpan.Zero;
        var descriptor = new PollDescriptor { Descriptor = (int)_handle.DangerousGetHandle(), Events = Readable };
        var time = new TimeSpec
        {
            Seconds = limit.Ticks / TimeSpan.TicksPerSecond,
            Nanoseconds = limit.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick,
        };
        if (Poll(ref descriptor, 1, time, 0) < 0 && Marshal.GetLastPInvokeError() != EINTR)
            throw new LinkException($"Cannot wait for '{_name}': {LastError()}.");
    }

    /// <summary>The length of the packet now in <paramref name="buffer"/>; 0 where there is none.</summary>
    public int Read(byte[] buffer)
    {
        var length = ReadPacket(_handle, buffer, (nuint)buffer.Length);
        if (length < 0 && Marshal.GetLastPInvokeError() is not (EAGAIN or EINTR))
            throw new LinkException($"Cannot read from '{_name}': {LastError()}.");
        return Math.Max((int)length, 0);
    }

    public void Write(ReadOnlySpan<byte> packet)
    {
        if (WritePacket(_handle, packet, (nuint)packet.Length) < 0)
            throw new LinkException($"Cannot write to '{_name}': {LastError()}.");
    }

    public void Dispose() => _handle.Dispose();

    private static string LastError() => Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(SafeFileHandle handle, nuint request, ref InterfaceRequest value);

    [LibraryImport("libc", EntryPoint = "ppoll", SetLastError = true)]
    private static partial int Poll(ref PollDescriptor descriptors, nuint count, in TimeSpec timeout, nint signals);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadPacket(SafeFileHandle handle, [Out] byte[] buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WritePacket(SafeFileHandle handle, ReadOnlySpan<byte> buffer, nuint length);

    /// <summary>struct ifreq of 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 40)]
    private struct InterfaceRequest
    {
        public NameBytes Name;
        public short Flags;
    }

    [InlineArray(MaxName + 1)]
    private struct NameBytes
    {
        private byte _first;
    }

    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}

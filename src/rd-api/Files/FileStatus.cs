using System.Runtime.InteropServices;

namespace ReliableDownload.Api.Files;

/// <summary>The kernel's <c>struct statx</c> (statx(2)), with names only for the fields in use. The same on all processors.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal readonly struct FileStatus
{
    private const int TypeMask = 0xF000;
    private const int RegularFile = 0x8000;
    private const int Folder = 0x4000;
    private const int SymbolicLink = 0xA000;
    private const int Socket = 0xC000;
    private const int AccessMask = 0xFFF;

    [FieldOffset(28)]
    private readonly ushort _mode;

    [FieldOffset(32)]
    private readonly ulong _inode;

    [FieldOffset(40)]
    private readonly long _size;

    [FieldOffset(96)]
    private readonly Time _changed;

    [FieldOffset(112)]
    private readonly Time _modified;

    [FieldOffset(136)]
    private readonly ulong _device;

    public bool IsFile => (_mode & TypeMask) == RegularFile;

    public bool IsFolder => (_mode & TypeMask) == Folder;

    public bool IsLink => (_mode & TypeMask) == SymbolicLink;

    public bool IsSocket => (_mode & TypeMask) == Socket;

    /// <summary>The bits of access, such as 0644.</summary>
    public int Access => _mode & AccessMask;

    public FileIdentity Identity => new(_size, _modified.Nanoseconds, _inode, _changed.Nanoseconds, _device);

    /// <summary>Whether both are of the same file: its numbers are not reused as long as it exists.</summary>
    public bool IsSameFile(FileStatus other) => (_device, _inode) == (other._device, other._inode);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Time
    {
        private readonly long _seconds;
        private readonly uint _nanoseconds;
        private readonly int _reserved;

        public long Nanoseconds => unchecked((_seconds * 1_000_000_000) + _nanoseconds);
    }
}

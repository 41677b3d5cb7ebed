using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Api.Sending;

/// <summary>Bytes of a file that stays open until they have been sent.</summary>
/// <param name="File">A regular file.</param>
/// <param name="Offset">In bytes.</param>
/// <param name="Count">In bytes.</param>
internal readonly record struct FileRegion(SafeFileHandle File, long Offset, int Count)
{
    public FileRegion First(int bytes) => this with { Count = bytes };

    public FileRegion Skip(int bytes) => new(File, Offset + bytes, Count - bytes);
}

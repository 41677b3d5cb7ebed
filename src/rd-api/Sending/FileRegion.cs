using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Api.Sending;

/// <summary>Bytes of a file, which stays open until they are sent.</summary>
/// <param name="File">A regular one.</param>
/// <param name="Offset">In bytes.</param>
/// <param name="Count">In bytes.</param>
internal readonly record struct FileRegion(SafeFileHandle File, long Offset, int Count)
{
    public FileRegion Skip(int bytes) => new(File, Offset + bytes, Count - bytes);
}

using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Tests.Support;

/// <summary>A file whose name may be any bytes, which the framework can neither make nor delete; it is gone when disposed of.</summary>
internal sealed partial class RawFile : IDisposable
{
    private const int CreateForWriting = 0x40 | 1; // O_CREAT | O_WRONLY

    private readonly byte[] _path;

    public RawFile(string folder, ReadOnlySpan<byte> name, string content = "")
    {
        _path = [.. Encoding.UTF8.GetBytes(folder), (byte)'/', .. name, 0];
        using var file = Open(_path, CreateForWriting, 0b110_100_100);
        RandomAccess.Write(file, Encoding.UTF8.GetBytes(content), 0);
    }

    public void Dispose() => Assert.Equal(0, Unlink(_path));

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    private static partial SafeFileHandle Open(byte[] path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "unlink")]
    private static partial int Unlink(byte[] path);
}

using System.Runtime.InteropServices;

namespace ReliableDownload.Tests.Support;

/// <summary>A file system of its own with so many bytes and no more: a tmpfs, which only root may mount.</summary>
internal sealed partial class SmallDisk : IDisposable
{
    private readonly TempFolder _folder = new();

    public SmallDisk(int bytes)
    {
        if (Mount("tmpfs", _folder.Path, "tmpfs", 0, $"size={bytes}") == 0)
            return;
        var reason = $"a small disk cannot be mounted: {Marshal.GetLastPInvokeErrorMessage()}";
        _folder.Dispose();
        Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", reason);
        Assert.Fail(reason);
    }

    public string Path => _folder.Path;

    public void Dispose()
    {
        const int Detach = 2; // MNT_DETACH
        _ = Unmount(_folder.Path, Detach);
        _folder.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "mount", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Mount(string source, string target, string type, ulong flags, string data);

    [LibraryImport("libc", EntryPoint = "umount2", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Unmount(string target, int flags);
}

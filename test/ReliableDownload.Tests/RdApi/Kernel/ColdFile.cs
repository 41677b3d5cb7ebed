using Microsoft.Win32.SafeHandles;
using ReliableDownload.Api.Kernel;

namespace ReliableDownload.Tests.RdApi.Kernel;

/// <summary>A file of which nothing is in the page cache; a test that needs one is skipped where the file system has none.</summary>
internal static class ColdFile
{
    public static SafeFileHandle Open(string path)
    {
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(file);
        PageCache.Drop(file, 0, 0);
        Assert.SkipUnless(PageCache.Lacks(file, 0), "This file system does not tell what is in memory.");
        return file;
    }
}

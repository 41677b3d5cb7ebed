using System.Diagnostics;

namespace ReliableDownload.Tests.Support;

/// <summary>Takes files out of the page cache, by <c>dd</c> of coreutils; see dd(1), nocache.</summary>
internal static class ColdFile
{
    /// <param name="path">A file that nobody has mapped; it is flushed first, because only what is on the disk can be dropped.</param>
    public static async Task EvictAsync(string path)
    {
        using (var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite))
            RandomAccess.FlushToDisk(file);
        using var dd = Process.Start("dd", ["if=" + path, "iflag=nocache", "count=0", "status=none"]);
        await dd.WaitForExitAsync();
        Assert.Equal(0, dd.ExitCode);
    }
}

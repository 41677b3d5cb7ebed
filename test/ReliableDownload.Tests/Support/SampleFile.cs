namespace ReliableDownload.Tests.Support;

/// <summary>Makes files to serve.</summary>
internal static class SampleFile
{
    /// <summary>A file of zero bytes, which takes no room on the disk whatever its size.</summary>
    public static void CreateZeros(string path, long size)
    {
        using var file = File.Create(path);
        file.SetLength(size);
    }

    /// <summary>A file of zeros that has to be read although it takes little room: a page of each block was written.</summary>
    public static void CreateThin(string path, long size, int blockSize = 2 << 20)
    {
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        RandomAccess.SetLength(file, size);
        for (var offset = 0L; offset < size; offset += blockSize)
            RandomAccess.Write(file, [0], offset);
    }

    /// <summary>A file whose blocks all differ; the same each time.</summary>
    public static byte[] Create(string path, int size)
    {
        var content = new byte[size];
        new Random(size).NextBytes(content);
        File.WriteAllBytes(path, content);
        return content;
    }

    /// <summary>Waits until the file changed so long ago that its digests may be kept: 2 s.</summary>
    public static Task SettledAsync(string path) =>
        Eventually.IsTrueAsync(
            () => TimeProvider.System.GetUtcNow().UtcDateTime - File.GetLastWriteTimeUtc(path) > TimeSpan.FromSeconds(2.1), "the file had settled");
}

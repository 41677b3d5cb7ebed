using System.Diagnostics;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

public sealed class HugeFileTests
{
    private const long Size = (4L << 30) + (3 << 20) + 1;

    // Where 32 bits end, and at both ends of the file.
    private static readonly long[] Marks = [0, int.MaxValue - 4L, uint.MaxValue - 4L, Size - 8];

    [Fact]
    public async Task A_sparse_file_of_more_than_4_GiB_arrives_whole_and_stays_sparse()
    {
        using var root = new TempFolder();
        using var folder = new TempFolder();
        using (var source = File.OpenHandle(root["huge.img"], FileMode.CreateNew, FileAccess.Write))
        {
            RandomAccess.SetLength(source, Size);
            foreach (var mark in Marks)
                RandomAccess.Write(source, BitConverter.GetBytes(mark + 1), mark);
        }

        await using var server = await RdApiProcess.StartAsync(root.Path);

        var end = await RdProcess.RunAsync(folder, $"{server.BaseAddress}huge.img");

        Assert.Equal((0, ""), (end.ExitCode, end.Output));
        using var copy = File.OpenHandle(folder["huge.img"]);
        Assert.Equal(Size, RandomAccess.GetLength(copy));
        Assert.All(Marks, mark => Assert.Equal(mark + 1, ReadInt64(copy, mark)));
        Assert.InRange(await BytesOnDiskAsync(folder["huge.img"]), 1, Size / 100);
    }

    private static async Task<long> BytesOnDiskAsync(string path)
    {
        using var stat = Process.Start(new ProcessStartInfo("stat", ["--format=%b", path]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        const int StatUnit = 512;
        return StatUnit * long.Parse(await stat.StandardOutput.ReadToEndAsync());
    }

    private static long ReadInt64(Microsoft.Win32.SafeHandles.SafeFileHandle file, long offset)
    {
        var bytes = new byte[8];
        RandomAccess.Read(file, bytes, offset);
        return BitConverter.ToInt64(bytes);
    }
}

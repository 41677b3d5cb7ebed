using System.Diagnostics;
using System.Runtime.InteropServices;
using ReliableDownload.Client.Disk;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.Disk;

/// <summary>Files so large that they are written past the page cache where the disk can do that; what they hold is the same everywhere.</summary>
public sealed class DirectFileTests
{
    private const int BlockSize = 1 << 20;
    private const long Size = (130L << 20) + 77;
    private const long LastBlock = Size / BlockSize * BlockSize;

    [Fact]
    public void Every_way_into_the_file_leaves_the_same_bytes()
    {
        using var folder = new TempFolder();
        Write(folder["data"]);

        AssertIsRight(folder["data"]);
    }

    [Fact]
    public void A_disk_in_memory_takes_the_same_file()
    {
        using var disk = new SmallDisk((int)(2 * Size));
        var path = Path.Combine(disk.Path, "data");
        Write(path);

        AssertIsRight(path);
    }

    [Fact]
    public async Task Blocks_of_zeros_take_no_room()
    {
        using var folder = new TempFolder();
        using (var part = new PartFile(folder["data"], Size, Size))
        {
            for (long offset = 0; offset < Size; offset += BlockSize)
                part.Write(offset, Aligned(new byte[Math.Min(BlockSize, Size - offset)]), isProven: true);
            part.Flush();
        }

        using var du = Process.Start(new ProcessStartInfo("du", ["--block-size=1", folder["data"]]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var used = long.Parse((await du.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Split('\t')[0], System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(used < BlockSize, $"{used} bytes for a file of zeros");
    }

    // Whole blocks, part of one that is proven later, memory that is not aligned, and the file's odd end.
    private static void Write(string path)
    {
        using var part = new PartFile(path, Size, Size);
        part.Write(0, Aligned(Bytes(0)), isProven: true);
        part.Write(BlockSize + 100, Bytes(9).AsSpan(0, 5000), isProven: false);
        part.Write(BlockSize, Aligned(Bytes(1)), isProven: true);
        part.Write(2 * BlockSize, Aligned([0, .. Bytes(2)])[1..], isProven: true);
        part.Write(LastBlock, Aligned(Bytes(3))[..(int)(Size - LastBlock)], isProven: true);
        part.Flush();
    }

    private static void AssertIsRight(string path)
    {
        using var file = File.OpenHandle(path);
        Assert.Equal(Size, RandomAccess.GetLength(file));
        Assert.Equal(Bytes(0), Read(0, BlockSize));
        Assert.Equal(Bytes(1), Read(BlockSize, BlockSize));
        Assert.Equal(Bytes(2), Read(2 * BlockSize, BlockSize));
        Assert.Equal(new byte[BlockSize], Read(3 * BlockSize, BlockSize));
        Assert.Equal(Bytes(3)[..(int)(Size - LastBlock)], Read(LastBlock, BlockSize));

        byte[] Read(long offset, int length)
        {
            var bytes = new byte[length];
            return bytes[..RandomAccess.Read(file, bytes, offset)];
        }
    }

    private static byte[] Bytes(int seed) => ScriptedServer.RandomBytes(BlockSize, seed);

    private static Span<byte> Aligned(byte[] bytes)
    {
        var memory = GC.AllocateArray<byte>(bytes.Length + DirectFile.Alignment, pinned: true);
        var start = (int)(-Marshal.UnsafeAddrOfPinnedArrayElement(memory, 0) & (DirectFile.Alignment - 1));
        bytes.CopyTo(memory, start);
        return memory.AsSpan(start, bytes.Length);
    }
}

using System.Runtime.InteropServices;

namespace ReliableDownload.Client.Blocks;

/// <summary>
/// Memory for blocks, aligned as writing past the page cache needs it. It is found in slabs of some blocks, for which Linux is asked for
/// huge pages: one fault for each 2 MiB and not 512, and less for the disk's driver to look up. Not thread-safe.
/// </summary>
/// <param name="blockLength">In bytes.</param>
internal sealed partial class BlockMemory(int blockLength)
{
    private const int SlabSize = 16 << 20; // bytes
    private const int HugePage = 2 << 20; // bytes; on x86, and on ARM with pages of 4 KiB
    private const int UseHugePages = 14; // MADV_HUGEPAGE

    private readonly int _stride = SizeOf(blockLength);
    private Memory<byte> _slab;

    /// <summary>How much memory a block takes, in bytes: much more than its length if that is tiny.</summary>
    public static int SizeOf(int blockLength) => (blockLength + Disk.DirectFile.Alignment - 1) & -Disk.DirectFile.Alignment;

    /// <summary>Memory for one more block.</summary>
    public Memory<byte> Next()
    {
        if (_slab.Length < _stride)
            _slab = NewSlab(Math.Max(1, SlabSize / _stride) * _stride);
        var block = _slab[..blockLength];
        _slab = _slab[_stride..];
        return block;
    }

    private static Memory<byte> NewSlab(int length)
    {
        var alignment = length < HugePage ? Disk.DirectFile.Alignment : HugePage;
        var array = GC.AllocateUninitializedArray<byte>(length + alignment, pinned: true);
        var start = (int)(-Marshal.UnsafeAddrOfPinnedArrayElement(array, 0) & (alignment - 1));
        // The result is ignored, because nothing depends on a hint.
        if (OperatingSystem.IsLinux() && length >= HugePage)
            _ = Advise(Marshal.UnsafeAddrOfPinnedArrayElement(array, start), length, UseHugePages);
        return MemoryMarshal.CreateFromPinnedArray(array, start, length);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint start, nint length, int advice);
}

using Microsoft.Win32.SafeHandles;
using ReliableDownload.Api.Kernel;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// Which regions of a file were not in memory before hashing came near them. Hashing one region makes the kernel read ahead into the next,
/// so each is checked before anything of the preceding one is read. Thread-safe.
/// </summary>
internal sealed class MissingRegions
{
    /// <summary>In bytes; more than the kernel reads ahead: usually 128 KiB, 8 MiB on some disks, and twice that much.</summary>
    public const int Size = 64 << 20;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, bool> _isMissing = [];

    /// <summary>Whether the region of <paramref name="start"/> was missing; must be called before the file is read up to <paramref name="end"/>.</summary>
    public bool Contains(SafeFileHandle file, long start, long end)
    {
        var length = RandomAccess.GetLength(file);
        lock (_gate)
        {
            for (var region = start / Size; region <= (end / Size) + 1 && region * Size < length; region++)
            {
                if (!_isMissing.ContainsKey(region))
                    _isMissing[region] = IsMissing(file, region * Size, Math.Min((region + 1) * Size, length));
            }

            return _isMissing.GetValueOrDefault(start / Size);
        }
    }

    // The middle is tested because partial reads of a file mostly cover its beginning. A hole says nothing, as it needs no disk.
    private static bool IsMissing(SafeFileHandle file, long start, long end)
    {
        var data = Holes.FirstData(file, start + ((end - start) / 2));
        return data < end && PageCache.Lacks(file, data);
    }
}

using Microsoft.Win32.SafeHandles;
using ReliableDownload.Client.Blocks;

namespace ReliableDownload.Client.Disk;

/// <summary>The one file that the bytes of a download go into, each block at its offset. Safe for threads as long as they write different blocks.</summary>
internal sealed class PartFile : IDisposable
{
    // One buffered write of 2 MiB was three times slower than slices of this size where memory was not prepared (measured, ext4).
    private const int SliceSize = 64 << 10;

    private readonly SafeFileHandle _handle;
    private readonly DirectFile? _direct;
    private readonly bool _isFresh;
    private readonly bool _isAllocated;
    // The kernel lets one at a time write into a file's page cache. Who waits for it there spins: a tenth of rd's processor time (measured,
    // tmpfs).
    private readonly Lock _cached = new();
    private readonly Lock _lock = new();
    private readonly List<ByteRange> _unproven = [];

    /// <summary>Opens or makes the file and gives it its size; what it holds within that size stays.</summary>
    /// <param name="missingBytes">How many bytes are still to be written; the disk must have room for them.</param>
    /// <exception cref="DownloadFailedException">It has not.</exception>
    public PartFile(string path, long size, long missingBytes)
    {
        Path = path;
        DiskFailure.CheckRoom(path, missingBytes);
        _isFresh = !File.Exists(path);
        _handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.SetLength(_handle, size);
        _direct = DirectFile.Open(path, size);
        // Direct writes into holes would wait for each other.
        _isAllocated = _direct is not null && FileCalls.TryAllocate(_handle, size);
    }

    public string Path { get; }

    /// <summary>Writes a proven block, or bytes of one that is not yet. A fresh file is all zeros: writing more of them would only fill the disk.</summary>
    public void Write(long offset, ReadOnlySpan<byte> data, bool isProven)
    {
        var range = new ByteRange(offset, data.Length);
        if (_isFresh && !data.ContainsAnyExcept((byte)0) && !HasUnproven(range))
        {
            if (_isAllocated)
                FileCalls.Deallocate(_handle, offset, data.Length);
            return;
        }

        Note(range, isProven);
        if (_direct?.TryWrite(offset, data) != true)
            WriteSlices(offset, data);
    }

    private void WriteSlices(long offset, ReadOnlySpan<byte> data)
    {
        var (start, length) = (offset, data.Length);
        lock (_cached)
        {
            for (; !data.IsEmpty; data = data[Math.Min(SliceSize, data.Length)..], offset += SliceSize)
                RandomAccess.Write(_handle, data[..Math.Min(SliceSize, data.Length)], offset);
        }

        // What is on its way already makes the flush at the end short.
        if (OperatingSystem.IsLinux())
            FileCalls.StartWriteBack(_handle, start, length);
    }

    /// <summary>Bytes that were written before are proven now.</summary>
    public void Prove(ByteRange range) => Note(range, isProven: true);

    /// <summary>Reads what was written.</summary>
    /// <exception cref="IOException">The disk refused, or somebody cut the file.</exception>
    public void Read(long offset, Span<byte> data)
    {
        while (!data.IsEmpty)
        {
            var count = RandomAccess.Read(_handle, data, offset);
            if (count == 0)
                throw new IOException("the file became shorter");
            data = data[count..];
            offset += count;
        }
    }

    // Bytes that were not proven may be wrong: where they are, zeros have to be written.
    private bool HasUnproven(ByteRange range)
    {
        lock (_lock)
            return _unproven.Exists(other => other.Offset < range.End && range.Offset < other.End);
    }

    private void Note(ByteRange range, bool isProven)
    {
        lock (_lock)
        {
            if (isProven)
                _unproven.RemoveAll(other => range.Offset <= other.Offset && other.End <= range.End);
            else if (_unproven.FindIndex(other => other.End == range.Offset) is >= 0 and var before)
                _unproven[before] = _unproven[before] with { Length = _unproven[before].Length + range.Length };
            else
                _unproven.Add(range);
        }
    }

    /// <summary>Makes what was written survive a power cut.</summary>
    public void Flush() => RandomAccess.FlushToDisk(_handle);

    public void Dispose()
    {
        _direct?.Dispose();
        _handle.Dispose();
    }
}

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
    private bool _isFresh;
    private readonly bool _isAllocated;
    // The kernel lets one at a time write into a file's page cache. Who waits for it there spins: a tenth of rd's processor time (measured,
    // tmpfs).
    private readonly Lock _cached = new();
    private readonly Lock _lock = new();
    private readonly List<ByteRange> _unproven = [];

    /// <summary>Opens or makes the file and gives it its size; what it holds within that size stays.</summary>
    /// <param name="missingBytes">How many bytes are still to be written; the disk must have room for them, as far as it did not give it to the file before.</param>
    /// <param name="releasedBytes">How many bytes of the room others give back meanwhile.</param>
    /// <param name="startOver">Whether nothing stays of what it holds.</param>
    /// <exception cref="DownloadFailedException">It has not, or someone else writes into the file.</exception>
    public PartFile(string path, long size, long missingBytes, long releasedBytes = 0, bool startOver = false)
    {
        Path = path;
        if (!startOver)
            DiskFailure.CheckRoom(path, Math.Min(missingBytes, size - FileStatus.AllocatedBytes(path)) - releasedBytes);
        _isFresh = startOver || !File.Exists(path);
        _handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            // Beside the target, two with different temp dirs may meet. The lock is tried first: who has it may rename the file.
            if (!FileCalls.TryLock(_handle))
                throw new DownloadFailedException(DownloadOutcome.InUse, $"another rd writes into '{path}'; wait for it, or stop it");
            FileOwner.Check(path);
            CheckIsInPlace();
            if (startOver)
            {
                RandomAccess.SetLength(_handle, 0);
                DiskFailure.CheckRoom(path, missingBytes);
            }

            RandomAccess.SetLength(_handle, size);
            _direct = DirectFile.Open(path, size);
            // Direct writes into holes would wait for each other. Room that is yet to come cannot be had.
            _isAllocated = _direct is not null && releasedBytes <= 0 && FileCalls.TryAllocate(_handle, size);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Path { get; }

    /// <summary>Writes a proven block, or bytes of one that is not yet. A fresh file is all zeros: writing more of them would only fill the disk.</summary>
    public void Write(long offset, ReadOnlySpan<byte> data, bool isProven)
    {
        // Hours of writing into a file without a name would be in vain.
        CheckIsInPlace();
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

    /// <summary>What was written may be wrong: whatever is written from now on counts, zeros as well. Called before others write.</summary>
    public void Doubt() => _isFresh = false;

    /// <summary>Cuts or extends the file to the size that turned out.</summary>
    public void SetLength(long size) => RandomAccess.SetLength(_handle, size);

    /// <summary>Drops what the page cache has of the file, so that the disk itself is read.</summary>
    public void DropCached()
    {
        if (OperatingSystem.IsLinux())
            FileCalls.DropCached(_handle);
    }

    /// <summary>Makes what was written survive a power cut.</summary>
    /// <exception cref="IOException">It may not, or the file is no longer at its path.</exception>
    public void Flush()
    {
        CheckIsInPlace();
        try
        {
            FileCalls.FlushFile(_handle);
        }
        catch (IOException)
        {
            // The kernel takes pages that it could not write for written. Read from the cache they would be proven, and be lost all the same.
            if (OperatingSystem.IsLinux())
                FileCalls.DropCached(_handle);
            throw;
        }
    }

    private void CheckIsInPlace()
    {
        if (!FileStatus.IsSame(_handle, Path))
            throw new IOException("it was removed or replaced while rd was writing it");
    }

    public void Dispose()
    {
        _direct?.Dispose();
        FileCalls.Unlock(_handle);
        _handle.Dispose();
    }
}

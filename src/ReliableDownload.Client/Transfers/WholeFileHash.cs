using System.Security.Cryptography;
using ReliableDownload.Client.Blocks;
using ReliableDownload.Client.Disk;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Transfers;

/// <summary>
/// The digest of a whole file, calculated in order: behind the blocks as they are completed, read back from the disk, so that little is left
/// to do at the end on any line that is slower than the hash. One thread at a time.
/// </summary>
internal sealed class WholeFileHash(HashAlgorithmName algorithm) : IDisposable
{
    private const int SliceSize = 256 << 10;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(algorithm);
    private byte[] _slice = [];

    /// <summary>How many bytes were taken.</summary>
    public long Length { get; private set; }

    /// <summary>Takes the next bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        _hash.AppendData(bytes);
        Length += bytes.Length;
    }

    /// <summary>Begins anew.</summary>
    public void Restart()
    {
        _ = _hash.GetHashAndReset();
        Length = 0;
    }

    /// <summary>Follows a transfer until all is hashed, or it ends.</summary>
    public void Follow(Scheduler scheduler, BlockLayout layout, PartFile part)
    {
        for (var block = 0; block < layout.BlockCount && scheduler.WaitFor(block); block++)
            AppendTo(layout.Offset(block + 1), part, () => scheduler.IsStopped);
    }

    /// <summary>The digest of the first <paramref name="size"/> bytes of a file; what is missing is read.</summary>
    public Checksum Finish(PartFile part, long size, CancellationToken cancellationToken)
    {
        AppendTo(size, part, () =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        });
        Length = 0;
        return Checksum.Of(algorithm, _hash.GetHashAndReset());
    }

    public void Dispose() => _hash.Dispose();

    private void AppendTo(long end, PartFile part, Func<bool> isOver)
    {
        if (_slice.Length == 0 && Length < end)
            _slice = GC.AllocateUninitializedArray<byte>(SliceSize);
        while (Length < end && !isOver())
        {
            var count = (int)Math.Min(SliceSize, end - Length);
            DiskFailure.Guard(part.Path, () => part.Read(Length, _slice.AsSpan(0, count)));
            Append(_slice.AsSpan(0, count));
        }
    }
}

using System.Security.Cryptography;
using ReliableDownload.Client.Disk;
using ReliableDownload.Client.Proof;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Transfers;

/// <summary>
/// The digest of a whole file, calculated in order behind the blocks as they come, so that little is left to do at the end: from memory where they come
/// nearly in order, else read back from the disk. Which digest is to be calculated may become known while bytes already come. One thread at a time.
/// </summary>
/// <param name="wanted">What the digest should be; SHA-256 is calculated where nobody knows.</param>
internal sealed class WholeFileHash(Task<WholeDigest?> wanted) : IDisposable
{
    private const int SliceSize = 256 << 10;

    private RunningHash? _hash;
    private byte[] _slice = [];

    /// <summary>How many bytes were taken.</summary>
    private long Length { get; set; }

    /// <summary>Takes bytes that were just written; those before them are read back where they were not taken.</summary>
    public void Append(long offset, ReadOnlySpan<byte> bytes, PartFile part)
    {
        if (!wanted.IsCompleted)
            return;
        AppendTo(offset, part, static () => false);
        Append(bytes);
    }

    /// <summary>Begins anew.</summary>
    public void Restart()
    {
        _hash?.Dispose();
        _hash = null;
        Length = 0;
    }

    /// <summary>Follows the blocks of a transfer until all are hashed, or it ends.</summary>
    public void Follow(WrittenBlocks written, Transfer transfer, BlockLayout layout, PartFile part)
    {
        using var ended = transfer.Ended.Register(written.End);
        try
        {
            wanted.Wait(transfer.Ended);
            while (written.Take(out var block, out var open))
            {
                if (open is null)
                {
                    AppendTo(layout.Offset(block + 1), part, () => transfer.Ended.IsCancellationRequested);
                    continue;
                }

                Append(open.Buffer.Span[..open.Length]);
                transfer.Complete(open);
            }
        }
        catch (OperationCanceledException)
        {
            // What is not hashed yet is read when all is there.
        }
    }

    /// <summary>The digest of the first <paramref name="size"/> bytes of a file; what is missing is read.</summary>
    public async Task<Checksum> FinishAsync(PartFile part, long size, CancellationToken cancellationToken)
    {
        await wanted.WaitAsync(cancellationToken);
        AppendTo(size, part, () =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        });
        var digest = Hash.Finish();
        Restart();
        return digest;
    }

    public void Dispose() => _hash?.Dispose();

    private RunningHash Hash => _hash ??= new RunningHash(wanted.GetAwaiter().GetResult()?.Checksum.Algorithm ?? HashAlgorithmName.SHA256);

    private void Append(ReadOnlySpan<byte> bytes)
    {
        Hash.Append(bytes);
        Length += bytes.Length;
    }

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

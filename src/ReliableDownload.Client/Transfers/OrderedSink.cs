using ReliableDownload.Client.Blocks;
using ReliableDownload.Client.Disk;
using ReliableDownload.Client.Metadata;
using ReliableDownload.Client.Proof;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Transfers;

/// <summary>
/// Writes the file into a stream, in order. Blocks whose turn has not come wait in memory, and only as many are fetched as there is memory for: so a reader that
/// takes its time holds the connections back, and nothing else. One for a download, over all its versions.
/// </summary>
/// <param name="cancellationToken">The user's: a write that nobody reads is not waited for.</param>
internal sealed class OrderedSink(Stream output, CancellationToken cancellationToken) : IFileSink, IDisposable
{
    private readonly object _lock = new();
    private readonly Dictionary<int, OpenBlock> _waiting = [];
    private readonly OutputStream _output = new(output);
    private Task<WholeDigest?>? _wanted;
    private RunningHash? _hash;
    private bool _isHashChosen;
    private BlockMap? _map;
    private BlockMap? _earlier;
    private int _next;
    private volatile bool _isWriting;
    private bool _isWriterOver;
    private Exception? _failure;

    // One pass: where it is, and how far what was written goes.
    private readonly RunningHash _written = new(Checksum.Crc32C);
    private Checksum? _before;
    private long _position;
    private long _writtenLength;

    /// <summary>Whether a write is going on; any thread may look.</summary>
    public bool IsWriting => _isWriting;

    public bool WantsDigests => false;

    /// <summary>Another version begins, or the first.</summary>
    /// <exception cref="DownloadFailedException">It cannot go on after what was written, or blocks are too long for memory.</exception>
    public void Begin(IFileSource source)
    {
        if (source.File.Layout.BlockSize > OpenBlocks.MaxInMemory && source.TakesRanges)
            throw new DownloadFailedException(
                DownloadOutcome.LocalFile,
                $"the server's blocks of {source.File.Layout.BlockSize >> 20} MiB are too long to be held in memory until they are proven; download to a file")
            { IsFinal = true };
        if ((_next > 0 && (!source.HasDigests || !source.TakesRanges || _map!.Layout.BlockSize != source.File.Layout.BlockSize || !_map.HasDigests)) || (_writtenLength > 0 && source.TakesRanges))
            throw Changed();
        // The first blocks have to be the same.
        (_earlier, _map) = (_next > 0 ? _map : null, null);
        _wanted = source.Whole;
        if (_next == 0 && _writtenLength == 0)
            ForgetHash();
        else if (_wanted is { IsCompletedSuccessfully: true } && _wanted.Result is { } digest && digest.Checksum.Algorithm != _hash?.Algorithm)
            throw Changed();
        _waiting.Clear();
        (_isWriterOver, _failure) = (false, null);
    }

    /// <summary>The digest of what was written; null where nobody knew what it should be.</summary>
    public Checksum? Digest() => _hash?.Current();

    public int? WindowOf(BlockLayout layout) => OpenBlocks.Enough(layout.BlockSize);

    public int KeptBlocks(BlockLayout layout) => 0;

    public bool MayHave(int block) => block < _next;

    public long Load(OpenBlock open) => 0;

    public IEnumerable<Action> Loops(Transfer transfer, Scheduler scheduler, BlockMap map)
    {
        _map = map;
        if (_earlier is { } earlier)
            yield return () => CompareWritten(transfer, scheduler, earlier);
        yield return () => RunWriter(transfer, map);
    }

    public bool Put(OpenBlock open, ReadOnlySpan<byte> digest)
    {
        lock (_lock)
        {
            _waiting[open.Block] = open;
            if (open.Block == _next)
                Monitor.PulseAll(_lock);
        }

        return false;
    }

    public void SaveUnproven(ByteRange range, OpenBlock open)
    {
        // There is nothing that survives the process.
    }

    public void WriteUnproven(long offset, ReadOnlySpan<byte> data) => throw new NotSupportedException("no block is too long for memory here");

    public void Read(long offset, Span<byte> data) => throw new NotSupportedException("no block is too long for memory here");

    public void Restart()
    {
        // After a second cut before all was compared, the same is still to be compared.
        if (_position >= _writtenLength && _writtenLength > 0)
            _before = _written.Current();
        _written.Restart();
        _position = 0;
    }

    public void Append(ReadOnlySpan<byte> data)
    {
        if (_position < _writtenLength)
        {
            var again = data[..(int)Math.Min(data.Length, _writtenLength - _position)];
            _written.Append(again);
            _position += again.Length;
            if (_position == _writtenLength && _written.Current() != _before)
                throw Changed();
            data = data[again.Length..];
        }

        if (data.IsEmpty)
            return;
        ChooseHash(cancellationToken);
        _written.Append(data);
        Write(data);
        _position += data.Length;
        _writtenLength = _position;
    }

    public void Finish(long size)
    {
        if (size < _writtenLength)
            throw Changed();
        ChooseHash(cancellationToken);
    }

    public void Dispose()
    {
        // The writer may still be at work where it was not waited for.
        if (_isWriterOver)
            _hash?.Dispose();
        _written.Dispose();
    }

    private static DownloadFailedException Changed() => new(
        DownloadOutcome.KeptChanging, "the file changed on the server after a part of it was written, which cannot be taken back; what was written is of no use")
    { IsFinal = true };

    // Another version, or the same with its digests told again.
    private static void CompareWritten(Transfer transfer, Scheduler scheduler, BlockMap earlier)
    {
        while (scheduler.TakeFound() is { } block)
        {
            if (block >= earlier.Layout.BlockCount || !scheduler.Fits(block, earlier.Digest(block)))
                throw Changed();
            transfer.Complete(block);
        }
    }

    // A thread of its own writes, as nothing interrupts it while nobody reads.
    private void RunWriter(Transfer transfer, BlockMap map)
    {
        using var ended = transfer.Ended.Register(Wake);
        using var canceled = cancellationToken.Register(Wake);
        new Thread(() => WriteBlocks(transfer, map)) { IsBackground = true }.Start();
        lock (_lock)
        {
            while (!_isWriterOver && !cancellationToken.IsCancellationRequested)
                Monitor.Wait(_lock);
            if (_failure is not null)
                throw _failure;
        }
    }

    private void WriteBlocks(Transfer transfer, BlockMap map)
    {
        Exception? failure = null;
        try
        {
            // Without blocks the transfer is over before it begins.
            ChooseHash(map.Layout.BlockCount > 0 ? transfer.Ended : cancellationToken);
            while (_next < map.Layout.BlockCount && !cancellationToken.IsCancellationRequested && TakeNext(transfer) is { } open)
            {
                Write(open.Buffer.Span[..open.Length]);
                _next++;
                transfer.Complete(open);
            }
        }
        catch (Exception error)
        {
            failure = error;
        }

        lock (_lock)
        {
            (_failure, _isWriterOver) = (failure, true);
            Monitor.PulseAll(_lock);
        }
    }

    private OpenBlock? TakeNext(Transfer transfer)
    {
        lock (_lock)
        {
            OpenBlock? open;
            while (!_waiting.Remove(_next, out open) && !transfer.Ended.IsCancellationRequested)
                Monitor.Wait(_lock);
            return open;
        }
    }

    private void Write(ReadOnlySpan<byte> data)
    {
        _hash?.Append(data);
        _isWriting = true;
        _output.Write(data);
        _isWriting = false;
    }

    // What was written is not read again, so its digest has to be known from the first byte on. The writer's own thread may wait for it.
    private void ChooseHash(CancellationToken ended)
    {
        if (_isHashChosen)
            return;
        _wanted?.Wait(ended);
        if (_wanted?.Result is { } digest)
            _hash = new RunningHash(digest.Checksum.Algorithm);
        _isHashChosen = true;
    }

    private void ForgetHash()
    {
        _hash?.Dispose();
        (_hash, _isHashChosen) = (null, false);
    }

    private void Wake()
    {
        lock (_lock)
            Monitor.PulseAll(_lock);
    }
}

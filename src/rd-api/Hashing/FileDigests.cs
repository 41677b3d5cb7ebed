using ReliableDownload.Api.Cache;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// The digests of one content of one file, complete or in progress. Workers add them, readers wait for them, and neither knows
/// the other. Thread-safe.
/// </summary>
/// <param name="table">What is already known; owned by this object from now on.</param>
internal sealed class FileDigests(DigestKey key, DigestTable table)
{
    /// <summary>The <see cref="Failure"/> of a file that is no longer there.</summary>
    public const string Removed = "The file was removed.";

    private readonly Lock _gate = new();
    private readonly Pulse _news = new();
    private readonly TaskCompletionSource _lookedUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<DigestReader> _readers = [];
    private volatile DigestsState _state = table.IsComplete ? DigestsState.Complete : DigestsState.Pending;
    private int _nextReader;
    private long _wholeBytes;

    public DigestKey Key => key;

    /// <summary>The file's blocks; none for the digest of a whole file.</summary>
    public BlockLayout Layout { get; } = key.IsWhole ? default : new BlockLayout(key.Identity.Size, key.BlockSize);

    /// <summary>How many bytes of the file have been hashed, at least.</summary>
    public long KnownBytes => key.IsWhole ? Interlocked.Read(ref _wholeBytes) : Math.Min((long)KnownCount * key.BlockSize, key.Identity.Size);

    public DigestsState State => _state;

    /// <summary>Why the calculation <see cref="DigestsState.Failed"/>, a sentence for the user.</summary>
    public string Failure { get; private set; } = "";

    /// <summary>Completes at the next new digest, and at the end. Get it before reading anything else.</summary>
    public Task News => _news.Next;

    /// <summary>Completes when the store's digests have been added.</summary>
    public Task LookedUp => State == DigestsState.Pending ? _lookedUp.Task : Task.CompletedTask;

    /// <summary>How many digests are known.</summary>
    public int KnownCount => Read(static digests => digests.KnownCount);

    /// <summary>Whether the digests of some of the blocks are not known yet.</summary>
    public bool HasPending(BlockRun run) => Read(table => table.KnownRun(run.First, run.Count)) < run.Count;

    public bool HasReaders
    {
        get
        {
            lock (_gate)
                return _readers.Count > 0;
        }
    }

    /// <summary>Reads the table while nobody changes it. Must be quick, because workers wait for it.</summary>
    public T Read<T>(Func<DigestTable, T> read)
    {
        lock (_gate)
            return read(table);
    }

    public void Read(Action<DigestTable> read)
    {
        lock (_gate)
            read(table);
    }

    /// <summary>How many bytes some of the digests stand for.</summary>
    public long BytesOf(BlockRun run) => key.IsWhole ? key.Identity.Size : Layout.Offset(run.End) - Layout.Offset(run.First);

    /// <summary>Records how far the hashing of a whole file has come.</summary>
    public void Advance(long bytes) => Interlocked.Exchange(ref _wholeBytes, bytes);

    /// <summary>Waits until nothing is pending any more, at most for <paramref name="limit"/>.</summary>
    public async Task<DigestsState> EndAsync(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            var news = News;
            var left = limit - time.GetElapsedTime(began);
            if (State != DigestsState.Pending || left <= TimeSpan.Zero)
                return State;
            await news.WaitAsync(left, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Copies the digests of the known blocks from <paramref name="first"/> on.</summary>
    /// <returns>How many were copied; no more than fit into <paramref name="digests"/>.</returns>
    public int Copy(int first, Span<byte> digests)
    {
        var size = key.Algorithm.Size;
        lock (_gate)
        {
            var count = table.KnownRun(first, digests.Length / size);
            for (var i = 0; i < count; i++)
                table[first + i].CopyTo(digests[(i * size)..]);
            return count;
        }
    }

    /// <summary>Adds the digests of consecutive blocks; false after the end, when nothing changes any more.</summary>
    public bool TryPut(int first, ReadOnlySpan<byte> digests)
    {
        lock (_gate)
        {
            if (_state != DigestsState.Pending)
                return false;
            table.SetRun(first, digests);
            if (table.IsComplete)
                _state = DigestsState.Complete;
        }

        _news.Signal();
        return true;
    }

    /// <summary>The store's digests have been added.</summary>
    public void EndLookup() => _lookedUp.TrySetResult();

    /// <summary>Ends the calculation before everything is known; the first call counts.</summary>
    public void End(DigestsState state, string failure = "")
    {
        lock (_gate)
        {
            if (_state != DigestsState.Pending)
                return;
            Failure = failure;
            _state = state;
        }

        EndLookup();
        _news.Signal();
    }

    public DigestReader Attach(int from)
    {
        var reader = new DigestReader(this, from);
        lock (_gate)
            _readers.Add(reader);
        return reader;
    }

    public void Detach(DigestReader reader)
    {
        lock (_gate)
            _readers.Remove(reader);
    }

    /// <summary>The blocks that readers wait for.</summary>
    public int[] AllWanted()
    {
        lock (_gate)
            return [.. _readers.Select(static reader => reader.Position).Distinct()];
    }

    /// <summary>The block that a reader waits for, taking readers in turn; null if there is no reader.</summary>
    public int? NextWanted()
    {
        lock (_gate)
            return _readers.Count == 0 ? null : _readers[_nextReader++ % _readers.Count].Position;
    }
}

/// <summary>The state of a file's digests.</summary>
internal enum DigestsState
{
    /// <summary>Some are being calculated.</summary>
    Pending,

    /// <summary>All are known.</summary>
    Complete,

    /// <summary>The file changed while it was read: these digests are no longer valid.</summary>
    Changed,

    /// <summary>The file could not be read.</summary>
    Failed,

    /// <summary>Nobody was reading them, and the job made room for another. Whoever asks again gets them.</summary>
    Dropped,
}

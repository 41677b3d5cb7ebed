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
    private readonly Lock _gate = new();
    private readonly Pulse _news = new();
    private readonly TaskCompletionSource _lookedUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<DigestReader> _readers = [];
    private volatile DigestsState _state = table.IsComplete ? DigestsState.Complete : DigestsState.Pending;
    private int _nextReader;

    public DigestKey Key => key;

    public BlockLayout Layout { get; } = new(key.Identity.Size, key.BlockSize);

    public DigestsState State => _state;

    /// <summary>Why the calculation <see cref="DigestsState.Failed"/>, a sentence for the user.</summary>
    public string Failure { get; private set; } = "";

    /// <summary>Completes at the next new digest, and at the end. Get it before reading anything else.</summary>
    public Task News => _news.Next;

    /// <summary>Completes when the store's digests have been added.</summary>
    public Task LookedUp => State == DigestsState.Pending ? _lookedUp.Task : Task.CompletedTask;

    /// <summary>How many digests are known.</summary>
    public int KnownCount => Read(static digests => digests.KnownCount);

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

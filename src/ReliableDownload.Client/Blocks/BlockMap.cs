using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Blocks;

/// <summary>
/// What each block of one version is: waiting for its digest, missing, found on disk but not yet proven, in flight, proven. All
/// threads of a transfer meet here; every member is safe for them. A block whose digest is pending is handed to nobody.
/// </summary>
/// <remarks>
/// Blocks are handed out in order by two cursors that pass each block once; a block that comes back goes into a queue. So the
/// handing out of a whole file costs O(blocks log blocks) at the most.
/// </remarks>
internal sealed class BlockMap
{
    private enum State : byte
    {
        Missing,
        Found,
        InFlight,
        Proven,
    }

    private readonly object _lock = new();
    private readonly DigestTable _digests;
    private readonly State[] _states;
    private readonly PriorityQueue<int, int> _returned = new();
    private readonly Dictionary<int, int> _wrong = [];
    private int _missingCursor;
    private int _foundCursor;
    private int _provenCount;
    private long _provenBytes;
    private bool _stopped;

    /// <param name="isFound">Whether a block may be on disk already; it is handed out to be proven, not to be fetched.</param>
    public BlockMap(BlockLayout layout, DigestAlgorithm algorithm, Func<int, bool> isFound)
    {
        Layout = layout;
        _digests = new DigestTable(algorithm, layout.BlockCount);
        _states = new State[layout.BlockCount];
        for (var block = 0; block < _states.Length; block++)
            _states[block] = isFound(block) ? State.Found : State.Missing;
    }

    public BlockLayout Layout { get; }

    public DigestAlgorithm Algorithm => _digests.Algorithm;

    /// <summary>Bytes of the blocks that are proven.</summary>
    public long ProvenBytes => Interlocked.Read(ref _provenBytes);

    /// <summary>How many blocks are not proven yet.</summary>
    public int Left => Layout.BlockCount - Volatile.Read(ref _provenCount);

    public bool IsComplete => Left == 0;

    /// <summary>Takes the digests of consecutive blocks from <paramref name="first"/> on, one behind the other.</summary>
    /// <returns>False when one contradicts what was told before: the file is another by now.</returns>
    /// <exception cref="ProtocolException">There are no such blocks.</exception>
    public bool AddDigests(int first, ReadOnlySpan<byte> digests)
    {
        var size = Algorithm.Size;
        if (first < 0 || digests.Length % size != 0 || digests.Length / size > Layout.BlockCount - first)
            throw new ProtocolException($"the server tells of digests from block {first} on that the file does not have");
        lock (_lock)
        {
            for (var block = first; !digests.IsEmpty; block++, digests = digests[size..])
            {
                if (_digests.IsKnown(block) && !_digests[block].SequenceEqual(digests[..size]))
                    return false;
                _digests.Set(block, digests[..size]);
            }

            Monitor.PulseAll(_lock);
            return true;
        }
    }

    /// <summary>SHA-256 over all digests, or null while one is pending.</summary>
    public byte[]? Root()
    {
        lock (_lock)
            return _digests.IsComplete ? _digests.Root() : null;
    }

    /// <summary>Copies the digests of <paramref name="count"/> known blocks from <paramref name="first"/> on, one behind the other.</summary>
    public byte[] Digests(int first, int count)
    {
        lock (_lock)
            return _digests.Run(first, count);
    }

    /// <summary>Waits for missing blocks and takes up to <paramref name="max"/> consecutive ones; null when there is nothing more to fetch.</summary>
    public Run? TakeMissing(int max)
    {
        lock (_lock)
        {
            while (!_stopped && !IsComplete)
            {
                if (NextMissing() is { } first)
                {
                    var count = 1;
                    while (count < max && TakeIfMissing(first + count))
                        count++;
                    return new Run(first, count);
                }

                Monitor.Wait(_lock);
            }

            return null;
        }
    }

    /// <summary>Waits for a found block whose digest is known, and takes it; null when none is left.</summary>
    public int? TakeFound()
    {
        lock (_lock)
        {
            while (!_stopped && _foundCursor < _states.Length)
            {
                if (_states[_foundCursor] != State.Found)
                    _foundCursor++;
                else if (!_digests.IsKnown(_foundCursor))
                    Monitor.Wait(_lock);
                else
                {
                    _states[_foundCursor] = State.InFlight;
                    return _foundCursor++;
                }
            }

            return null;
        }
    }

    /// <summary>Whether <paramref name="data"/> is the content of <paramref name="block"/>. The one place where a block is proven.</summary>
    public bool Proves(int block, ReadOnlySpan<byte> data)
    {
        Span<byte> digest = stackalloc byte[DigestAlgorithms.MaxSize];
        digest = digest[..Algorithm.Size];
        Algorithm.Hash(data, digest);
        lock (_lock)
            return data.Length == Layout.Length(block) && digest.SequenceEqual(_digests[block]);
    }

    public bool IsProven(int block)
    {
        lock (_lock)
            return _states[block] == State.Proven;
    }

    /// <summary>The block is proven and written.</summary>
    public void Complete(int block)
    {
        lock (_lock)
        {
            if (_states[block] == State.Proven)
                return;
            _states[block] = State.Proven;
            _provenBytes += Layout.Length(block);
            _provenCount++;
            _wrong.Remove(block);
            if (IsComplete)
                Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Gives back taken blocks that were not completed.</summary>
    public void Return(Run run)
    {
        lock (_lock)
        {
            for (var block = run.First; block < run.End; block++)
            {
                _states[block] = State.Missing;
                _returned.Enqueue(block, block);
            }

            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Counts that a block arrived with wrong bytes, and says how often it has.</summary>
    public int CountWrong(int block)
    {
        lock (_lock)
            return _wrong[block] = _wrong.GetValueOrDefault(block) + 1;
    }

    /// <summary>Ends all waiting; nothing is handed out any more.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _stopped = true;
            Monitor.PulseAll(_lock);
        }
    }

    private int? NextMissing()
    {
        while (_returned.TryDequeue(out var block, out _))
        {
            if (TakeIfMissing(block))
                return block;
        }

        while (_missingCursor < _states.Length)
        {
            if (TakeIfMissing(_missingCursor))
                return _missingCursor++;
            if (_states[_missingCursor] == State.Missing)
                return null; // Its digest is pending.
            _missingCursor++;
        }

        return null;
    }

    private bool TakeIfMissing(int block)
    {
        if (block >= _states.Length || _states[block] != State.Missing || !_digests.IsKnown(block))
            return false;
        _states[block] = State.InFlight;
        return true;
    }
}

using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Blocks;

/// <summary>
/// What each block of one version is: waiting for its digest, missing, found on disk but not yet proven, in flight, proven. A block
/// whose digest is pending is handed to nobody. Not safe for threads: its owner locks.
/// </summary>
/// <remarks>
/// Blocks are handed out in order by two cursors that pass each block once; a block that comes back, or whose digest comes late, goes
/// into a queue. So the handing out of a whole file costs O(blocks log blocks) at the most.
/// </remarks>
internal sealed class BlockMap
{
    private enum State : byte
    {
        Missing,
        Found,
        InFlight,
        Proving,
        Proven,
    }

    private readonly DigestTable _digests;
    private readonly State[] _states;
    private readonly bool _hasDigests;
    private readonly BlockVotes? _votes;
    private readonly PriorityQueue<int, int> _returned = new();
    private int _missingCursor;
    private int _knownEnd; // Behind the last block whose digest is known.
    private int _foundCursor;
    private readonly int? _window;
    private int _firstUnproven;
    private int _provenCount;
    private long _provenBytes;

    /// <param name="isFound">Whether a block may be on disk already; it is handed out to be proven, not to be fetched.</param>
    /// <param name="hasDigests">
    /// Whether the digest of each block becomes known. If not, what is received is taken as it comes, and its own digest kept; only what was found is compared.
    /// </param>
    /// <param name="votes">Which other bytes are taken than those that the digests are of; null where there are none.</param>
    /// <param name="window">How many blocks are handed out at the most, from the first on that is not proven; null for all.</param>
    public BlockMap(BlockLayout layout, DigestAlgorithm algorithm, Func<int, bool> isFound, bool hasDigests = true, BlockVotes? votes = null, int? window = null)
    {
        _window = window;
        _hasDigests = hasDigests;
        _votes = votes;
        _knownEnd = hasDigests ? 0 : layout.BlockCount;
        Layout = layout;
        _digests = new DigestTable(algorithm, layout.BlockCount);
        _states = new State[layout.BlockCount];
        for (var block = 0; block < _states.Length; block++)
            _states[block] = isFound(block) ? State.Found : State.Missing;
    }

    public BlockLayout Layout { get; }

    /// <summary>Whether the digest of each block becomes known before the block is complete.</summary>
    public bool HasDigests => _hasDigests;

    /// <summary>Whether a digest is no proof, but that of what came.</summary>
    public bool IsDoubtful => !_hasDigests || _votes is not null;

    public DigestAlgorithm Algorithm => _digests.Algorithm;

    /// <summary>Bytes of the blocks that are proven; any thread may look.</summary>
    public long ProvenBytes => Interlocked.Read(ref _provenBytes);

    /// <summary>Bytes of the blocks that are not; any thread may look.</summary>
    public long BytesLeft => Layout.FileSize - ProvenBytes;

    /// <summary>Whether only blocks within a window are handed out.</summary>
    public bool HasWindow => _window is not null;

    /// <summary>How many bytes are handed out at the most before the first of them is proven.</summary>
    public long WindowBytes => _window is { } window ? (long)window * Layout.BlockSize : long.MaxValue;

    /// <summary>Whether each block is proven; any thread may look.</summary>
    public bool IsComplete => Volatile.Read(ref _provenCount) == Layout.BlockCount;

    /// <summary>Takes the digests of consecutive blocks from <paramref name="first"/> on, one behind the other.</summary>
    /// <returns>False when one contradicts what was told before: the file is another by now.</returns>
    /// <exception cref="ProtocolException">There are no such blocks.</exception>
    public bool AddDigests(int first, ReadOnlySpan<byte> digests)
    {
        var size = Algorithm.Size;
        if (first < 0 || digests.Length % size != 0 || digests.Length / size > Layout.BlockCount - first)
            throw new ProtocolException($"the server tells of digests from block {first} on that the file does not have");
        for (var block = first; !digests.IsEmpty; block++, digests = digests[size..])
        {
            if (_digests.IsKnown(block))
            {
                if (!_digests[block].SequenceEqual(digests[..size]))
                    return false;
                continue;
            }

            _digests.Set(block, digests[..size]);
            _knownEnd = Math.Max(_knownEnd, block + 1);
            // The cursor passed it while its digest was pending.
            if (block < _missingCursor && _states[block] == State.Missing)
                _returned.Enqueue(block, block);
        }

        return true;
    }

    /// <summary>SHA-256 over all digests, or null while one is pending.</summary>
    public byte[]? Root() => _digests.IsComplete ? _digests.Root() : null;

    /// <summary>Copies the digests of <paramref name="count"/> known blocks from <paramref name="first"/> on, one behind the other.</summary>
    public byte[] Digests(int first, int count) => _digests.Run(first, count);

    /// <summary>The digest of a block, which must be known.</summary>
    public ReadOnlySpan<byte> Digest(int block) => _digests[block];

    /// <summary>Takes up to <paramref name="max"/> consecutive missing blocks; null when none is to be had now.</summary>
    public Run? TakeMissing(int max)
    {
        if (NextMissing() is not { } first)
            return null;
        var count = 1;
        while (count < max && TakeIfMissing(first + count))
            count++;
        return new Run(first, count);
    }

    /// <summary>Takes the next found block; null when none is left, or its digest is pending.</summary>
    public int? TakeFound()
    {
        if (!HasFound || !_digests.IsKnown(_foundCursor))
            return null;
        _states[_foundCursor] = State.Proving;
        return _foundCursor++;
    }

    /// <summary>Whether a found block was not taken yet.</summary>
    public bool HasFound
    {
        get
        {
            while (_foundCursor < _states.Length && _states[_foundCursor] != State.Found)
                _foundCursor++;
            return _foundCursor < _states.Length;
        }
    }

    /// <summary>Whether this is the digest of what the block should be.</summary>
    public bool Fits(int block, ReadOnlySpan<byte> digest)
    {
        if ((_hasDigests || _states[block] == State.Proving) && _digests[block].SequenceEqual(digest))
            return true;
        if (_votes is null ? _hasDigests || _states[block] == State.Proving : !_votes.CameBefore(block, digest))
            return false;
        _digests.Set(block, digest);
        return true;
    }

    /// <summary>The block is proven and written.</summary>
    public void Complete(int block)
    {
        if (_states[block] == State.Proven)
            return;
        _states[block] = State.Proven;
        Interlocked.Add(ref _provenBytes, Layout.Length(block));
        Interlocked.Increment(ref _provenCount);
        while (_firstUnproven < _states.Length && _states[_firstUnproven] == State.Proven)
            _firstUnproven++;
    }

    /// <summary>Gives back taken blocks that were not completed.</summary>
    public void Return(Run run)
    {
        for (var block = run.First; block < run.End; block++)
        {
            _states[block] = State.Missing;
            _returned.Enqueue(block, block);
        }
    }

    private int WindowEnd => _window is { } window ? Math.Min(_states.Length, _firstUnproven + window) : _states.Length;

    private int? NextMissing()
    {
        while (_returned.TryPeek(out var block, out _) && block < WindowEnd)
        {
            _returned.Dequeue();
            if (TakeIfMissing(block))
                return block;
        }

        while (_missingCursor < Math.Min(_knownEnd, WindowEnd))
        {
            if (TakeIfMissing(_missingCursor++))
                return _missingCursor - 1;
        }

        return null;
    }

    private bool TakeIfMissing(int block)
    {
        if (block >= WindowEnd || _states[block] != State.Missing || (_hasDigests && !_digests.IsKnown(block)))
            return false;
        _states[block] = State.InFlight;
        return true;
    }
}

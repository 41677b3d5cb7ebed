namespace ReliableDownload.Client.Blocks;

/// <summary>
/// Gives each idle connection its next piece, and each prover its next found block: here all threads of a transfer meet. Safe for threads.
/// </summary>
/// <remarks>
/// What a connection gets, in this order: 1. what is left of a block that is open already, so that few are; 2. missing blocks; 3. when
/// nothing is left to hand out, half of what another connection has still before it; its connection is not told, and stops at its new end. Of one
/// that is slow or silent all the rest is fetched a second time, and the faster wins.
/// </remarks>
/// <param name="load">Puts what is there already of a block that is not whole into it.</param>
/// <param name="maxPiece">How many bytes a connection fetches at a time at the most.</param>
internal sealed class Scheduler(BlockMap map, Action<OpenBlock>? load = null, long maxPiece = long.MaxValue)
{
    // How often a connection without work looks whether another has become slow.
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(200);

    private readonly object _lock = new();
    private readonly OpenBlocks _open = new(map.Layout);
    private readonly List<Piece> _inFlight = [];
    private bool _stopped;

    /// <summary>The blocks that arrived with wrong bytes.</summary>
    public WrongBlocks Wrong { get; } = new();

    public bool AddDigests(int first, ReadOnlySpan<byte> digests)
    {
        lock (_lock)
        {
            Monitor.PulseAll(_lock);
            return map.AddDigests(first, digests);
        }
    }

    /// <summary>SHA-256 over all digests, or null while one is pending.</summary>
    public byte[]? Root()
    {
        lock (_lock)
            return map.Root();
    }

    /// <summary>Waits for a piece to fetch; null when there is nothing more to do.</summary>
    /// <param name="limit">Its length in bytes at the most, given how many bytes nobody fetches yet.</param>
    /// <param name="mayWork">Whether this connection may work now, given whether it is needed: blocks have their order, memory is full, and all others may be waiting for what is left of one.</param>
    /// <param name="help">What would be gained by helping another connection with its piece.</param>
    /// <param name="onIdle">Called, perhaps more than once, before it waits.</param>
    public Piece? Take(Func<long, long> limit, Func<bool, bool> mayWork, Func<Piece, Help> help, Action? onIdle = null)
    {
        lock (_lock)
        {
            while (!_stopped && !map.IsComplete)
            {
                if (mayWork(map.HasWindow && !_open.HasMemory()) && Next(Math.Min(maxPiece, limit(Math.Min(Unassigned, map.WindowBytes / 2))), help) is { } piece)
                {
                    _inFlight.Add(piece);
                    return piece;
                }

                onIdle?.Invoke();
                Monitor.Wait(_lock, LookInterval);
            }

            return null;
        }
    }

    /// <summary>
    /// The block that the next byte of a piece belongs to, once there is memory for it; null where the piece is at its end, which may have come
    /// nearer, or all is over.
    /// </summary>
    public OpenBlock? BlockOf(Piece piece)
    {
        lock (_lock)
        {
            while (piece.Next < piece.To && !_open.HasMemory() && !_stopped && !_open.IsOpen((int)(piece.Next / map.Layout.BlockSize)))
                Monitor.Wait(_lock);
            return piece.Next < piece.To ? _open.At(piece.Next) : null;
        }
    }

    /// <summary>Bytes of a piece came into their block.</summary>
    /// <param name="source">Which mirror they come from.</param>
    /// <returns>Whether the block is whole now, and to be proven by the caller.</returns>
    public bool Fill(OpenBlock open, ByteRange range, int source = 0)
    {
        lock (_lock)
        {
            open.Fill(range, source);
            if (!open.IsWhole)
                return false;
            _open.Close(open);
            return true;
        }
    }

    /// <summary>A piece is done, or its attempt is over: what is left of it is for others. Its bytes up to <see cref="Piece.Next"/> are filled in already.</summary>
    public void End(Piece piece)
    {
        lock (_lock)
        {
            piece.Interrupt = static () => { };
            _inFlight.Remove(piece);
            if (piece.RescueOf is { } rescued)
                rescued.IsContested = false;
            else if (piece.Left > 0)
                map.Return(_open.GiveBack(piece.Next, piece.To));
            foreach (var rival in _inFlight.Where(rival => rival.RescueOf == piece))
                rival.Interrupt();
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>A connection was faster with another's last bytes.</summary>
    public void Rescue(Piece rescued, byte[] bytes)
    {
        lock (_lock)
        {
            if (!_inFlight.Contains(rescued))
                return;
            rescued.Rescue = bytes;
            rescued.Interrupt();
        }
    }

    /// <summary>Waits for a found block whose digest is known, and takes it; null when none is left.</summary>
    public int? TakeFound()
    {
        lock (_lock)
        {
            while (!_stopped && map.HasFound)
            {
                if (map.TakeFound() is { } block)
                    return block;
                Monitor.Wait(_lock);
            }

            return null;
        }
    }

    /// <summary>Copies the digest of a block, so that it can be compared without the lock.</summary>
    public void CopyDigest(int block, Span<byte> digest)
    {
        lock (_lock)
            map.Digest(block).CopyTo(digest);
    }

    /// <summary>Whether this is the digest of what the block should be.</summary>
    public bool Fits(int block, ReadOnlySpan<byte> digest)
    {
        lock (_lock)
            return map.Fits(block, digest);
    }

    /// <summary>The block is proven and written.</summary>
    public void Complete(int block)
    {
        lock (_lock)
        {
            map.Complete(block);
            Wrong.Forget(block);
            // The window may have moved.
            if (map.IsComplete || map.HasWindow)
                Monitor.PulseAll(_lock);
        }
    }

    /// <summary>The block is not what it should be: it is to be fetched again.</summary>
    public void Reject(int block)
    {
        lock (_lock)
        {
            map.Return(new Run(block, 1));
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>A whole block keeps its buffer for longer: nobody waits for that memory any more.</summary>
    public void Keep(OpenBlock open)
    {
        lock (_lock)
        {
            if (_open.Keep(open))
                Monitor.PulseAll(_lock);
        }
    }

    /// <summary>A block's buffer is free again.</summary>
    public void Release(OpenBlock open)
    {
        lock (_lock)
        {
            if (_open.Release(open))
                Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Lets all who wait look again.</summary>
    public void Wake()
    {
        lock (_lock)
            Monitor.PulseAll(_lock);
    }

    /// <summary>Ends all waiting; nothing is handed out any more.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _stopped = true;
            foreach (var piece in _inFlight)
                piece.Interrupt();
            Monitor.PulseAll(_lock);
        }
    }

    // Found blocks count as well until they are proven: a little too much only makes the last pieces longer.
    private long Unassigned => map.BytesLeft - _inFlight.Sum(piece => piece.RescueOf is null ? piece.To - piece.From : 0);

    // An open block has its memory, and all others may be waiting for just that one to be whole.
    private Piece? Next(long limit, Func<Piece, Help> help) =>
        _open.TakeHole(limit)
        ?? (_open.HasMemory()
            ? TakeMissing(limit) ?? TakeOver.Of(_inFlight, help, _open, map.Layout.BlockSize)
            : TakeOver.Of(_inFlight.Where(_open.Holds), help, _open, map.Layout.BlockSize));

    private Piece? TakeMissing(long limit)
    {
        if (map.TakeMissing((int)Math.Max(1, limit / map.Layout.BlockSize)) is not { } run)
            return null;
        var (from, to) = (map.Layout.Offset(run.First), map.Layout.Offset(run.End));
        var first = _open.Open(run.First);
        // What lay on disk led to wrong bytes once: not again.
        if (Wrong[run.First].Times == 0)
            load?.Invoke(first);
        if (run.Count == 1 || first.HasBytes)
        {
            map.Return(run.Skip(1));
            return _open.TakeHole(limit);
        }

        first.Take(first.Length);
        return new Piece(from, to);
    }
}

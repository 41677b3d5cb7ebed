using ReliableDownload.Client.Blocks;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Transfers;

/// <summary>
/// Which blocks of a file are written. One reader follows them in order; those whose turn is near stay in memory for it, so that they need not be read from
/// the disk. Safe for threads.
/// </summary>
/// <param name="maxKept">How many stay in memory at the most.</param>
internal sealed class WrittenBlocks(BlockLayout layout, int maxKept, Scheduler scheduler)
{
    private readonly object _lock = new();
    private readonly bool[] _isWritten = new bool[layout.BlockCount];
    private readonly Dictionary<int, OpenBlock> _kept = [];
    private int _next;
    private bool _isFollowed;
    private bool _isOver;

    /// <summary>How many blocks stay in memory at the most: fewer than there is memory for, so that others come meanwhile; of 2 MiB, one for each connection and some more.</summary>
    public static int MaxKept(int blockSize) => OpenBlocks.Enough(blockSize) * 3 / 4;

    /// <summary>A block is in its place.</summary>
    public void Add(int block)
    {
        lock (_lock)
        {
            _isWritten[block] = true;
            PulseIfNext(block);
        }
    }

    /// <summary>A block that is in memory is in its place.</summary>
    /// <returns>Whether it stays in memory: <see cref="Take"/> gives it to the follower, who releases it.</returns>
    public bool Keep(OpenBlock open)
    {
        lock (_lock)
        {
            _isWritten[open.Block] = true;
            PulseIfNext(open.Block);
            if (!_isFollowed || _isOver || open.IsOnDisk || open.Block < _next || open.Block >= _next + maxKept)
                return false;
            scheduler.Keep(open);
            _kept.Add(open.Block, open);
            return true;
        }
    }

    /// <summary>Waits for the next block, in order from the first on.</summary>
    /// <param name="open">Its memory; null where it has to be read back.</param>
    /// <returns>False when there are no more, or none will come.</returns>
    public bool Take(out int block, out OpenBlock? open)
    {
        lock (_lock)
        {
            (block, open) = (_next, null);
            _isFollowed = true;
            while (block < layout.BlockCount && !_isWritten[block] && !_isOver)
                Monitor.Wait(_lock);
            if (block == layout.BlockCount || _isOver)
                return false;
            _kept.Remove(block, out open);
            _next++;
            return true;
        }
    }

    /// <summary>No more will come.</summary>
    public void End()
    {
        lock (_lock)
        {
            _isOver = true;
            Monitor.PulseAll(_lock);
        }
    }

    private void PulseIfNext(int block)
    {
        if (block == _next)
            Monitor.PulseAll(_lock);
    }
}

using System.Diagnostics.CodeAnalysis;

namespace ReliableDownload.Client.Trees;

/// <summary>The small files that are to be fetched: the list's reader adds them, connections take them in batches. Bounded. Safe for threads.</summary>
internal sealed class TreeQueue(TimeProvider clock)
{
    // Enough for all connections' next batches, and little memory.
    private const int MaxWaiting = 32 << 10;
    private const int MaxHeld = 32 << 20; // bytes

    // The server takes no more in one request.
    private const int MaxFiles = 4096;
    private const int MinFiles = 16;

    // The lines before and in a request for a file without its path and version, in bytes.
    private const int Overhead = 300;

    // In bytes; the server takes 1 MiB.
    private const int MaxRequest = 768 << 10;

    // How long the first file waits for others where the list still comes.
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(10);

    private readonly object _lock = new();
    private readonly Queue<TreeFile> _files = new();
    private long _since;
    private long _held;
    private int _working;
    private bool _isListed;
    private bool _isStopped;

    /// <summary>Adds a file; waits while there are too many.</summary>
    public void Add(TreeFile file)
    {
        lock (_lock)
        {
            while ((_files.Count >= MaxWaiting || _held >= MaxHeld) && !_isStopped)
                Monitor.Wait(_lock);
            Enqueue(file);
        }
    }

    /// <summary>Gives back a file that was taken and not fetched.</summary>
    public void Return(TreeFile file)
    {
        lock (_lock)
            Enqueue(file);
    }

    /// <summary>No more will be added.</summary>
    public void EndAdding()
    {
        lock (_lock)
        {
            _isListed = true;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Takes the next files; waits for them. False when all are fetched, or the download ends.</summary>
    /// <param name="wantedBytes">About how many bytes.</param>
    /// <param name="connections">Among how many the files are shared.</param>
    /// <remarks>Each batch is ended by <see cref="End"/>.</remarks>
    public bool TryTake(long wantedBytes, int connections, [NotNullWhen(true)] out List<TreeFile>? batch)
    {
        lock (_lock)
        {
            while (!_isStopped)
            {
                if (_files.Count == 0 && _isListed && _working == 0)
                    break;
                var left = _files.Count == 0 ? Timeout.InfiniteTimeSpan
                    : _isListed || _files.Count >= MaxFiles || _held >= MaxHeld ? TimeSpan.Zero
                    : Linger - clock.GetElapsedTime(_since);
                if (_files.Count > 0 && left <= TimeSpan.Zero)
                {
                    batch = Dequeue(wantedBytes, connections);
                    return true;
                }

                Monitor.Wait(_lock, left);
            }

            batch = null;
            return false;
        }
    }

    /// <summary>A batch is over; what was not fetched has been returned.</summary>
    public void End()
    {
        lock (_lock)
        {
            _working--;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Ends all waiting for good.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _isStopped = true;
            Monitor.PulseAll(_lock);
        }
    }

    private void Enqueue(TreeFile file)
    {
        if (_files.Count == 0)
            _since = clock.GetTimestamp();
        _files.Enqueue(file);
        _held += file.HeldBytes;
        if (_files.Count == 1 || _files.Count % MaxFiles == 0 || _held >= MaxHeld)
            Monitor.PulseAll(_lock);
    }

    private List<TreeFile> Dequeue(long wantedBytes, int connections)
    {
        // At the end all connections should be done at the same time, and some are slower than others.
        var most = Math.Clamp(_files.Count / (2 * connections), MinFiles, MaxFiles);
        var batch = new List<TreeFile>(Math.Min(most, _files.Count));
        var (bytes, request) = (0L, 0);
        while (bytes < wantedBytes && request < MaxRequest && batch.Count < most && _files.TryDequeue(out var file))
        {
            batch.Add(file);
            _held -= file.HeldBytes;
            request += Overhead + file.Path.Wire.Length + file.VersionLength;
            bytes += file.Facts.Size + Overhead;
        }

        _working++;
        _since = clock.GetTimestamp();
        Monitor.PulseAll(_lock);
        return batch;
    }
}

using System.Collections.Concurrent;
using System.Text;
using ReliableDownload.Api.Sending;

namespace ReliableDownload.Api.Files;

/// <summary>
/// The names in the folders that are being listed: read once for everybody who lists a folder at the same time, and bounded in memory,
/// because a client may take minutes to read a listing. One for all requests.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="maxSize">In bytes. While listings in progress hold more, no other folder is read: 200,000 names of 20 bytes hold 6 to 12 MB.</param>
internal sealed class FolderSnapshots(TimeProvider time, long maxSize)
{
    // How long the names of a folder that just changed may be shared: its next change may leave its time the same.
    private static readonly TimeSpan SharedFor = TimeSpan.FromSeconds(1);

    // Sorting takes the same amount of memory again.
    private const int AtOnce = 2;

    // By file system: one that hangs holds up no other. There are as many as the operator has mounted below the root.
    private readonly ConcurrentDictionary<ulong, SemaphoreSlim> _reading = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Snapshot> _latest = [];
    private long _size;

    /// <summary>Whether <see cref="GetAsync"/> would have room for the names now; it may still find none.</summary>
    public bool HasRoomFor(RequestPath path, IServedFolder folder)
    {
        if (!IsFull())
            return true;
        var shared = TryShare(Encoding.Latin1.GetString(path.Bytes.Span), folder);
        shared?.Dispose();
        return shared is not null;
    }

    /// <summary>The sorted names in <paramref name="folder"/>, to be disposed of; null while other listings hold all memory.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public async Task<Snapshot?> GetAsync(RequestPath path, IServedFolder folder, CancellationToken cancellationToken)
    {
        var key = Encoding.Latin1.GetString(path.Bytes.Span);
        if (TryShare(key, folder) is { } shared)
            return shared;
        var reading = _reading.GetOrAdd(folder.Identity.Device, static _ => new SemaphoreSlim(AtOnce));
        await reading.WaitAsync(cancellationToken);
        try
        {
            await EventThread.LeaveAsync();
            if (TryShare(key, folder) is { } fresh)
                return fresh;
            if (IsFull())
                return null;
            var now = time.GetUtcNow();
            var names = folder.ReadNames();
            names.Sort();
            return Add(key, new Snapshot(this, names, folder.Identity, now));
        }
        finally
        {
            reading.Release();
        }
    }

    private Snapshot? TryShare(string key, IServedFolder folder)
    {
        lock (_gate)
        {
            DropIdle(SharedFor);
            if (!_latest.TryGetValue(key, out var latest) || latest.Identity != folder.Identity)
                return null;
            if (!latest.IsSettled && time.GetUtcNow() - latest.Read > SharedFor)
                return null;
            latest.Readers++;
            return latest;
        }
    }

    private bool IsFull()
    {
        lock (_gate)
        {
            if (_size > maxSize)
                DropIdle(TimeSpan.Zero);
            return _size > maxSize;
        }
    }

    private Snapshot Add(string key, Snapshot snapshot)
    {
        lock (_gate)
        {
            if (_latest.TryGetValue(key, out var before))
                Retire(key, before);
            _latest[key] = snapshot;
            _size += snapshot.Names.Size;
            snapshot.Readers++;
            return snapshot;
        }
    }

    private void Release(Snapshot snapshot)
    {
        lock (_gate)
        {
            if (--snapshot.Readers == 0 && snapshot.IsRetired)
                _size -= snapshot.Names.Size;
        }
    }

    // Unused snapshots stay for a second, for the next request, unless the memory is needed.
    private void DropIdle(TimeSpan age)
    {
        var now = time.GetUtcNow();
        foreach (var (key, snapshot) in _latest)
        {
            if (snapshot.Readers == 0 && now - snapshot.Read >= age)
                Retire(key, snapshot);
        }
    }

    private void Retire(string key, Snapshot snapshot)
    {
        _latest.Remove(key);
        snapshot.IsRetired = true;
        if (snapshot.Readers == 0)
            _size -= snapshot.Names.Size;
    }

    /// <summary>The names in a folder at one moment. Shared; each reader disposes of it once.</summary>
    public sealed class Snapshot(FolderSnapshots owner, FolderNames names, FileIdentity identity, DateTimeOffset read) : IDisposable
    {
        public FolderNames Names => names;

        public FileIdentity Identity => identity;

        public DateTimeOffset Read => read;

        /// <summary>Whether the folder had been unchanged long enough when it was read for every later change to show.</summary>
        public bool IsSettled { get; } = !identity.IsYoung(read);

        /// <summary>How many readers it has; guarded by the owner's lock, as is <see cref="IsRetired"/>.</summary>
        public int Readers { get; set; }

        public bool IsRetired { get; set; }

        public void Dispose() => owner.Release(this);
    }
}

using ReliableDownload.Client.Disk;
using ReliableDownload.Client.Transfers;

namespace ReliableDownload.Client.Trees;

/// <summary>What all parts of one download of a folder share. Safe for threads.</summary>
internal sealed class TreeRun : IDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly Session _session;
    private readonly long _room;
    private volatile TreeAddress? _address;
    private volatile bool _isIncomplete;

    public TreeRun(ITreeTarget target, Session session, TreeTally tally, CancellationToken cancellationToken)
    {
        (Target, Options, _session, Tally) = (target, session.Options, session, tally);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Small = new TreeQueue(session.Clock);
        Large = new LargeFiles(this, session);
        Placer = new TreePlacer(this, session.Clock);
        Slowest = new SlowestFile(session.Clock);
        Claims = new NameClaims(target);
        Ended = _stop.Token;
        var existing = target.Path;
        while (!Directory.Exists(existing) && Path.GetDirectoryName(existing) is { } above)
            existing = above;
        _room = DiskFailure.FreeSpace(existing) ?? long.MaxValue;
    }

    public ITreeTarget Target { get; }

    public DownloadOptions Options { get; }

    public TreeTally Tally { get; }

    public TreeQueue Small { get; }

    public LargeFiles Large { get; }

    public TreePlacer Placer { get; }

    public SlowestFile Slowest { get; }

    /// <summary>Which entries of the disk the names stand for.</summary>
    public NameClaims Claims { get; }

    /// <summary>Whether something in the list was refused or skipped: then what is not in it need not be gone.</summary>
    public bool IsIncomplete
    {
        get => _isIncomplete;
        set => _isIncomplete = value;
    }

    /// <summary>Where the server tells of the folder.</summary>
    public TreeAddress Address
    {
        get => _address ?? throw new InvalidOperationException("nothing is known of the server yet");
        set => _address = value;
    }

    /// <summary>The largest file that may come among small ones, in bytes.</summary>
    public int MaxContent { get; set; }

    /// <summary>Canceled when nothing is to be done any more.</summary>
    public CancellationToken Ended { get; }

    /// <summary>The first failure that ended all of it.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Ends all of it. The first failure counts; what fails because everything was stopped does not.</summary>
    public void Fail(Exception error)
    {
        lock (_stop)
        {
            if (!Ended.IsCancellationRequested)
                Failure ??= error;
        }

        Stop();
    }

    /// <summary>Ends all of it.</summary>
    public void Stop()
    {
        _stop.Cancel();
        Small.Stop();
        Large.EndAdding();
        Placer.Stop();
        _session.Line.Wake();
    }

    /// <summary>Throws where the disk had no room at the beginning for the files of which it has nothing.</summary>
    /// <param name="bytes">Theirs in all, as far as the list was read.</param>
    public void CheckRoom(long bytes)
    {
        if (bytes > _room)
            throw DiskFailure.NoRoom(Target.Path, bytes, _room);
    }

    public void Dispose() => _stop.Dispose();
}

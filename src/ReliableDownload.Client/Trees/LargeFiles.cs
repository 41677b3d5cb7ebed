using System.Threading.Channels;
using ReliableDownload.Client.Transfers;

namespace ReliableDownload.Client.Trees;

/// <summary>The files of more than one block: each is downloaded as a single file is, into the hidden folder, a few side by side. Safe for threads.</summary>
internal sealed class LargeFiles(TreeRun run, Session session)
{
    // Files of a few blocks cost more round trips than bytes; of huge ones each fills the line. Near a server more than two took twice the memory and no less time
    // (bench/trees).
    private const int FarJobs = 4;
    private const int NearJobs = 2;
    private const int FarConnections = 4; // of each

    private const long Second = 1_000_000_000; // nanoseconds

    // Whoever lists more has to wait.
    private const int MaxWaiting = 16 << 10;
    private const int MaxHeld = 16 << 20; // bytes

    private readonly Channel<TreeFile> _files = Channel.CreateUnbounded<TreeFile>();
    private readonly object _lock = new();
    private int _waiting;
    private long _held;
    private bool _isEnded;
    private int? _connections; // of each

    /// <summary>Adds a file; waits while there are too many.</summary>
    public void Add(TreeFile file)
    {
        lock (_lock)
        {
            while ((_waiting >= MaxWaiting || _held >= MaxHeld) && !_isEnded)
                Monitor.Wait(_lock);
            _waiting++;
            _held += file.HeldBytes;
        }

        _files.Writer.TryWrite(file);
    }

    /// <summary>No more will be added.</summary>
    public void EndAdding()
    {
        lock (_lock)
        {
            _isEnded = true;
            Monitor.PulseAll(_lock);
        }

        _files.Writer.TryComplete();
    }

    /// <summary>Downloads all that is added, to the end.</summary>
    public async Task RunAsync()
    {
        // With the first file the server has answered, so how far away it is is known.
        await _files.Reader.WaitToReadAsync(run.Ended);
        var isNear = session.Address.RoundTrip < ConnectionTuner.Near;
        var jobs = Math.Min(isNear ? NearJobs : FarJobs, run.Options.Connections ?? int.MaxValue);
        _connections = run.Options.Connections / jobs ?? (isNear ? null : FarConnections);
        await Task.WhenAll(Enumerable.Range(0, jobs).Select(_ => RunOneAsync()));
    }

    private async Task RunOneAsync()
    {
        await foreach (var file in _files.Reader.ReadAllAsync(run.Ended))
        {
            lock (_lock)
            {
                _waiting--;
                _held -= file.HeldBytes;
                Monitor.PulseAll(_lock);
            }

            try
            {
                await DownloadAsync(file);
            }
            catch (DownloadFailedException error) when (error.Outcome == DownloadOutcome.LocalFile)
            {
                run.Tally.AddFailed(file.Path.Text, error.Outcome, error.Message, file.Facts.Size);
            }
            catch (Exception error)
            {
                // Nothing waits until the others are at their ends.
                run.Fail(error);
            }
            finally
            {
                run.Slowest.End(file);
            }
        }
    }

    private async Task DownloadAsync(TreeFile file)
    {
        var name = StagedName.OfLarge(file.Path);
        // What is the same in the file that is there is taken from it; the one in its place stays until the new one is whole.
        var isLinked = file.Replaces && run.Target.TryLinkToStaging(file.Path, name);
        // A link's second name is a link, too, and would be followed.
        if (run.Target.LookStaged(name).Kind == TreeEntryKind.Link)
            run.Target.Unstage(name);
        var isPlain = file.Facts.Size < 0;
        var options = run.Options with
        {
            Connections = _connections,
            TemporaryDirectory = Path.Combine(run.Target.StagingPath, ITreeTarget.PartsName),
            Overwrite = true,
            KeepBlocks = false,
            RollingCombine = false,
            RequireProof = !isPlain || run.Options.RequireProof,
            Discover = isPlain && run.Options.Discover,
            MaxTime = null,
            IsServerKnown = true,
            // Where it can have no second name, its blocks are copied.
            Resembling = file.Replaces && !isLinked && run.Target.Look(file.Path).Kind == TreeEntryKind.File ? Path.Combine(run.Target.Path, file.Path.Text) : null,
            IsProofOfSeveral = true,
        };
        var before = 0L;
        var progress = new Progress(fetched =>
        {
            session.Counters.AddFetched(fetched - Interlocked.Exchange(ref before, fetched));
            session.Line.Advance();
        });
        run.Slowest.Begin(file, file.Path);
        var result = await new Downloader(options).DownloadAsync(run.Address.FileAt(file.Path), Path.Combine(run.Target.StagingPath, name), progress, run.Ended);
        if (isPlain && result.IsComplete)
        {
            run.Tally.AddSize(result.Size);
            if (!result.IsSuccess)
                run.Tally.AddUnproven();
        }

        file.IsLinked &= result.Outcome == DownloadOutcome.AlreadyComplete;
        if (result.WasThere && file.Replaces)
            Keep(file, name);
        else if (result.IsSuccess || (isPlain && result.IsComplete))
            Finish(file, name, isNew: !result.WasThere);
        else if (result.Outcome is DownloadOutcome.Canceled or DownloadOutcome.DiskFull or DownloadOutcome.Network)
            throw new DownloadFailedException(result.Outcome, result.Message);
        else
            run.Tally.AddFailed(file.Path.Text, result.Outcome, result.Message, file.Facts.Size);
    }

    // The one in its place has the right bytes, or an earlier run had fetched the new one.
    private void Keep(TreeFile file, string name)
    {
        if (run.Target.IsSame(name, file.Path))
        {
            run.Target.Update(file.Path, run.Options.KeepServerTime ? file.Facts.Modified : null, file.Facts.Mode);
            run.Target.Unstage(name);
            run.Tally.AddKept(file.Facts.Size);
        }
        else
        {
            Finish(file, name, isNew: false);
        }
    }

    private void Finish(TreeFile file, string name, bool isNew)
    {
        // It may be another by now than the list told of, and then it has the time that came with its bytes: with the listed one it could be taken for that later.
        var hasOtherTime = isNew && file.Facts.Modified is > 0 and var listed && run.Target.LookStaged(name).Modified / Second != listed / Second;
        run.Target.FinishStaged(name, run.Options.KeepServerTime && !hasOtherTime ? file.Facts.Modified : null, file.Facts.Mode);
        run.Placer.Add(new StagedFile(name, file, file.Facts.Size) { IsFlushed = true });
    }

    private sealed class Progress(Action<long> onFetched) : IProgress<DownloadProgress>
    {
        private long _told;

        public void Report(DownloadProgress value)
        {
            if (value.BytesFetched > Interlocked.Exchange(ref _told, value.BytesFetched))
                onFetched(value.BytesFetched);
        }
    }
}

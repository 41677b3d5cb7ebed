using System.Runtime.ExceptionServices;
using ReliableDownload.Client.Disk;
using ReliableDownload.Client.Transfers;

namespace ReliableDownload.Client.Trees;

/// <summary>One download of a folder. Used once.</summary>
/// <remarks>
/// 1. Open the folder on disk, and lock it. 2. Read the server's list; each name is compared with what is on disk. 3. Connections take what is missing: small files in
/// batches, large ones one by one as single files. 4. Whole, proven files are flushed and renamed in groups. All of it happens at the same time, in bounded memory.
/// </remarks>
internal sealed class TreeDownload(Uri folder, string path, TreeOptions tree, Session session)
{
    private readonly TreeTally _tally = new();
    private volatile SlowestFile? _slowest;

    public TreeProgress Progress => _tally.Progress(session.Counters.BytesFetched, session.Counters.Retries) with
    {
        Trouble = session.Line.Trouble?.Message,
        Silence = session.Line.Silence,
        Slowest = _slowest?.Name,
    };

    public TreeResult ResultOf(DownloadOutcome outcome, string message) => _tally.AddTo(new TreeResult
    {
        Outcome = outcome,
        Message = message,
        Target = path,
        IsDryRun = tree.DryRun,
        IsPlain = tree.Plain,
        BytesFetched = session.Counters.BytesFetched,
        Retries = session.Counters.Retries,
    });

    /// <exception cref="DownloadFailedException">All of it failed, in an expected way.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        DiskFailure.CheckFolder(path);
        var isNew = !Directory.Exists(path);
        // Before anything is made.
        var earlier = tree.LinkFrom is { } linkFrom ? FoundFiles.EarlierCopy(linkFrom) : null;
        using var target = DiskFailure.Guard(path, () => TreeTarget.Open(path, tree.DryRun));
        using var run = new TreeRun(target, session, _tally, cancellationToken);
        _slowest = run.Slowest;
        DownloadFailedException? refusal = null;
        bool hasSpared;
        if (isNew && !tree.DryRun)
            session.Address.MakeAhead(session.ConnectionsAhead);
        await using (run.Ended.Register(run.Stop))
        {
            using var planner = new TreePlanner(run, tree with { LinkFrom = earlier });
            var placing = OnThread(run.Placer.Run);
            var large = GuardAsync(run.Large.RunAsync);
            var fetching = new List<Task>();
            await OnThread(() => List(planner, fetching));
            run.Small.EndAdding();
            await Task.WhenAll(fetching);
            session.Address.Ready.Clear();
            run.Large.EndAdding();
            await large;
            run.Placer.EndAdding();
            await placing;
            if (run.Failure is { } failure)
            {
                if (!_tally.HasFiles && !tree.DryRun)
                    Leave(target, isNew);
                ExceptionDispatchInfo.Throw(failure);
            }

            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                using var plain = tree.Plain ? new PlainGone(run, session) : null;
                planner.Delete(plain is null ? static (_, _) => true : plain.IsGone);
            }
            catch (DownloadFailedException error) when (!tree.DryRun)
            {
                // All else is to be as it should.
                refusal = error;
            }

            if (tree.DryRun)
                return;
            planner.RemoveLeftovers();
            planner.FinishFolders();
            hasSpared = planner.HasSpared;
        }

        // Large files that were begun, and that the tree no longer has, would stay there for good.
        target.RemoveStaging(withAll: _tally.FirstFailure is null && !run.IsIncomplete && !hasSpared);
        if (refusal is not null)
            throw refusal;

        // A wrong URL must leave nothing behind.
        void Leave(ITreeTarget target, bool isNew)
        {
            target.RemoveStaging(withAll: false);
            if (isNew && !Directory.EnumerateFileSystemEntries(path).Any())
                DiskFailure.Tolerate(() => Directory.Delete(path), static _ => { });
        }

        // Whatever fails ends the other threads, too.
        Task OnThread(Action action)
        {
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            new Thread(() =>
            {
                try
                {
                    action();
                }
                catch (Exception error)
                {
                    run.Fail(error);
                }

                ended.SetResult();
            })
            { IsBackground = true }.Start();
            return ended.Task;
        }

        async Task GuardAsync(Func<Task> action)
        {
            try
            {
                await action();
            }
            catch (Exception error)
            {
                run.Fail(error);
            }
        }

        void List(TreePlanner planner, List<Task> fetching)
        {
            if (tree.Plain)
                ListPlain(planner);
            else
                ListTree(planner, fetching);
            _tally.IsListed = true;
        }

        void ListPlain(TreePlanner planner)
        {
            run.Address = new TreeAddress(folder, folder);
            foreach (var line in new PlainListing(folder, session, tree.MaxEntries, run.Ended).Read())
            {
                run.Ended.ThrowIfCancellationRequested();
                planner.Take(line, blockSize: 0);
            }
        }

        void ListTree(TreePlanner planner, List<Task> fetching)
        {
            var listing = new TreeListing(folder, session, tree.MaxEntries, run.Ended);
            foreach (var line in listing.Read())
            {
                if (fetching.Count == 0)
                {
                    (run.Address, run.MaxContent) = (listing.Address!, listing.BlockSize);
                    var connections = session.FirstConnections;
                    fetching.AddRange(Enumerable.Range(0, connections).Select(index => OnThread(() => Fetch(index, connections))));
                }

                run.Ended.ThrowIfCancellationRequested();
                planner.Take(line, listing.BlockSize);
            }
        }

        void Fetch(int index, int connections)
        {
            using var loop = new BatchLoop(run, session, index, connections);
            loop.Run();
        }
    }
}

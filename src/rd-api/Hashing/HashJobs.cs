using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using ReliableDownload.Api.Cache;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// Where clients ask for digests: known ones are returned, and for the others a job is created, one per content of a file however many
/// ask. Lookups and workers report progress here. Thread-safe.
/// </summary>
internal sealed class HashJobs(
    HashQueue queue, DigestMemory memory, FileDigestMemory small, UnstoredJobs unstored, TimeProvider time, ILogger log, SharedJobs? sharing = null)
{
    private readonly Lock _gate = new();
    private readonly JobTable _jobs = new();
    private readonly RecentKeys<string> _failures = new(FailureMemory, time);
    private HashCounts _counts;

    // As many as there can be jobs, and as many again that were dropped before they were looked up.
    private readonly Channel<HashJob> _arrivals = Channel.CreateBounded<HashJob>(2 * Limits.HashJobs);

    // Longer than a client of the classic form pauses between two requests, so that it learns of the failure.
    private static readonly TimeSpan FailureMemory = TimeSpan.FromSeconds(15);

    private Renewals Renewals => field ??= new Renewals(_jobs, time);

    /// <summary>What happened so far.</summary>
    public HashCounts Counts
    {
        get
        {
            lock (_gate)
                return _counts with { Jobs = _jobs.Count };
        }
    }

    /// <summary>Some of the unfinished jobs, those that were asked for last first.</summary>
    public IReadOnlyList<HashJob> Newest(int most)
    {
        lock (_gate)
            return _jobs.Newest(most);
    }

    /// <summary>New jobs, whose known digests are to be looked up in the store before they <see cref="Begin"/>.</summary>
    public ChannelReader<HashJob> Arrivals => _arrivals.Reader;

    /// <summary>The digests of a file's content, as far as known, with the others in progress; null if there are too many jobs already.</summary>
    public FileDigests? Ask(DigestRequest request)
    {
        lock (_gate)
            return Find(request);
    }

    /// <summary>The same for a reader that starts at block <paramref name="from"/> and stays until all are known.</summary>
    public DigestReader? AskToRead(DigestRequest request, int from)
    {
        DigestReader? reader;
        lock (_gate)
            reader = Find(request)?.Attach(from);
        queue.Wake();
        return reader;
    }

    /// <summary>What is known of a content's digests in memory. Asks no store, and has nothing calculated.</summary>
    public KnownDigests Peek(DigestKey key) => Peek(key, Describe);

    /// <summary>The same, as <paramref name="read"/> sees it; the default if nothing is known.</summary>
    /// <param name="key">The content.</param>
    /// <param name="read">Told the digests, and whether the others are in progress; must be quick.</param>
    public T? Peek<T>(DigestKey key, Func<DigestTable, bool, T> read)
    {
        key = key.Content;
        HashJob? job;
        lock (_gate)
            job = _jobs.Find(key);
        if (job is not null)
            return job.Digests.Read(digests => read(digests, true));
        return memory.Peek(key) is { } known ? read(known, false) : default;
    }

    /// <summary>Remembers a whole file's digest that the store has, unless it may be one that was renewed since.</summary>
    public void Recall(DigestKey key, DigestTable digests)
    {
        lock (_gate)
        {
            if (!IsDoubted(key.Content))
                memory.Add(key.Content, digests);
        }
    }

    /// <summary>Another rd-api has hashed a content again: the store has the right digests, and what is in memory here may be wrong.</summary>
    public void Doubt(DigestKey key)
    {
        lock (_gate)
        {
            foreach (var doubted in (DigestKey[])[key.Content, key.Content.Whole])
            {
                memory.Remove(doubted);
                _jobs.Find(doubted)?.Doubt();
            }
        }

        small.Remove(key.Identity);
    }

    /// <summary>Hands a job to the workers after its lookup; the first call counts.</summary>
    public void Begin(HashJob job)
    {
        if (!job.TryBegin(sharing?.IsToShare(job) == true))
            return;
        unstored.Add(job);
        var isKnown = job.Digests.State != DigestsState.Pending;
        lock (_gate)
            _counts = isKnown ? _counts with { FromStore = _counts.FromStore + 1 } : _counts with { FromHashing = _counts.FromHashing + 1 };
        if (isKnown)
            Retire(job);
        else
        {
            queue.Add(job);
            sharing?.Add(job);
        }
    }

    /// <summary>Adds digests that another rd-api calculated.</summary>
    public void Learn(HashJob job, DigestRun run)
    {
        job.Learn(run);
        if (job.Digests.State != DigestsState.Pending)
            Retire(job);
    }

    /// <summary>Ends a job for which nobody waits here.</summary>
    public void Drop(HashJob job)
    {
        job.Digests.End(DigestsState.Dropped);
        Retire(job);
    }

    public void Finish(Claim claim, ReadOnlySpan<byte> digests)
    {
        claim.Job.Finish(claim, digests);
        lock (_gate)
        {
            _counts = _counts with
            {
                HashedBlocks = _counts.HashedBlocks + claim.Blocks.Count,
                HashedBytes = _counts.HashedBytes + claim.Job.Digests.BytesOf(claim.Blocks),
            };
        }

        if (claim.Job.Digests.State != DigestsState.Pending)
            Retire(claim.Job);
    }

    /// <summary>Takes back a claim of which only a part is done.</summary>
    public void Return(Claim claim)
    {
        claim.Job.Return(claim);
        queue.Wake();
    }

    /// <summary>Ends a job whose file has changed.</summary>
    public void EndAsChanged(HashJob job)
    {
        job.Digests.End(DigestsState.Changed);
        Retire(job);
    }

    /// <summary>Ends a job that has failed, without affecting others.</summary>
    public void Fail(HashJob job, string failure)
    {
        job.Digests.End(DigestsState.Failed, failure);
        Retire(job);
    }

    // The digest of a file of one block is that of the whole.
    private static KnownDigests Describe(DigestTable digests, bool isInProgress) => new(
        digests.KnownCount,
        digests.Count,
        isInProgress,
        digests is { Count: 1, IsComplete: true, Algorithm: DigestAlgorithm.Sha256 } ? Convert.ToHexStringLower(digests[0]) : null);

    private FileDigests? Find(DigestRequest request)
    {
        var key = request.Key.Content;
        var job = _jobs.Find(key);
        var isRenewed = request.IsDistrustful && job is not { IsRenewal: true } && Renewals.TryAdd(key, request.Client);
        if (isRenewed)
        {
            Forget(key, job);
            // Who distrusts the digests of blocks has reason to distrust that of the whole.
            if (!key.IsWhole)
            {
                Forget(key.Whole, _jobs.Find(key.Whole));
                Renewals.TryAdd(key.Whole, null);
            }

            job = null;
        }

        if (job is not null)
        {
            job.AddPath(request.Path);
            job.LastAsked = time.GetTimestamp();
            job.IsHelp &= request.IsHelp;
            return job.Digests;
        }

        if (memory.Find(key) is { } known)
        {
            _counts = _counts with { FromMemory = _counts.FromMemory + 1 };
            return new FileDigests(request.Key, known);
        }

        var digests = new FileDigests(request.Key, new DigestTable(request.Key.Algorithm, request.Key.DigestCount));
        if (digests.State == DigestsState.Complete)
            return digests;
        if (_failures.TryGet(key, out var failure))
        {
            digests.End(DigestsState.Failed, failure);
            return digests;
        }

        return TryAdd(new HashJob(digests, request, isRenewed || IsDoubted(key), time)) ? digests : null;
    }

    // Renewed so recently that the store may still have the digest from before.
    private bool IsDoubted(DigestKey key) => key.IsWhole && Renewals.Contains(key);

    private bool TryAdd(HashJob job)
    {
        if (!_jobs.TryAdd(job, out var dropped))
            return false;
        // What it hashed is stored, and found when somebody asks again.
        if (dropped is not null && dropped.TryRetire())
            dropped.Digests.End(DigestsState.Dropped);
        if (!_arrivals.Writer.TryWrite(job))
            Begin(job);
        return true;
    }

    private void Forget(DigestKey key, HashJob? job)
    {
        memory.Remove(key);
        small.Remove(key.Identity);
        _failures.Remove(key);
        if (job is null)
            return;
        _jobs.Remove(job);
        job.Digests.End(DigestsState.Changed);
        job.TryRetire();
    }

    private void Retire(HashJob job)
    {
        var state = job.Digests.State;
        lock (_gate)
        {
            // Several workers may finish last blocks; only the first one gets here.
            if (!job.TryRetire())
                return;
            _jobs.Remove(job);
            var key = job.Key.Content;
            if (state == DigestsState.Complete && job.IsSound)
                memory.Add(key, job.Digests.Read(static table => table));
            if (state == DigestsState.Failed)
                _failures.TryAdd(key, job.Digests.Failure);
            if (job.IsRenewal)
                Renewals.End(key, job.Begun == 0 ? TimeSpan.Zero : time.GetElapsedTime(job.Begun));
        }

        Report(job, state);
    }

    private void Report(HashJob job, DigestsState state)
    {
        if (state == DigestsState.Failed)
            log.FileFailed(job.Path, job.Digests.Failure);
        else if (job.HashedBlocks == 0)
            return;
        else if (state == DigestsState.Changed)
            log.FileChanged(job.Path);
        else
        {
            var seconds = time.GetElapsedTime(job.Begun).TotalSeconds;
            var rate = job.HashedBytes / Math.Max(seconds, 1e-6) / (1 << 20);
            if (job.Whole is not null)
                log.WholeHashed(job.Path, job.HashedBytes, seconds, rate);
            else
                log.FileHashed(job.Path, job.Key.Algorithm.DisplayName, job.HashedBlocks, job.HashedBytes, seconds, rate);
        }
    }
}

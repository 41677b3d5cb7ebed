using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// Where clients ask for digests: what is known is at hand, what is not becomes a job, one for each content of a file however many ask.
/// Workers and keeper report here how it went on. Safe for threads.
/// </summary>
internal sealed class HashJobs(HashQueue queue, DigestMemory memory, TimeProvider time, ILogger<HashJobs> log)
{
    /// <summary>The most jobs that may be unfinished; more are refused.</summary>
    public const int MaxJobs = 1024;

    // Longer than a client of the classic form pauses between two questions, so that it learns of the failure.
    private static readonly TimeSpan FailureMemory = TimeSpan.FromSeconds(15);

    private readonly Lock _gate = new();
    private readonly Dictionary<DigestKey, HashJob> _jobs = [];
    private readonly Queue<(HashJob Job, long Since)> _failures = new();
    private readonly Channel<HashJob> _arrivals = Channel.CreateUnbounded<HashJob>();

    /// <summary>New jobs, whose known digests are to be looked up in the store before they <see cref="Begin"/>.</summary>
    public ChannelReader<HashJob> Arrivals => _arrivals.Reader;

    /// <summary>The digests of a file's content as far as they are known, the others being on their way; null where too much is to be done already.</summary>
    public FileDigests? Ask(DigestKey key, RequestPath path)
    {
        lock (_gate)
        {
            ForgetFailures();
            if (_jobs.TryGetValue(key, out var job))
            {
                job.LastAsked = time.GetTimestamp();
                return job.Digests;
            }

            if (memory.Find(key) is { } known)
                return new FileDigests(key, known);
            var layout = new BlockLayout(key.Identity.Size, key.BlockSize);
            var digests = new FileDigests(key, new DigestTable(key.Algorithm, layout.BlockCount));
            if (digests.State == DigestsState.Complete)
                return digests;
            if (_jobs.Count == MaxJobs)
                return null;
            job = new HashJob(digests, path, key.Identity.SettledAt(time.GetUtcNow())) { LastAsked = time.GetTimestamp() };
            _jobs.Add(key, job);
            _arrivals.Writer.TryWrite(job);
            return digests;
        }
    }

    /// <summary>The same for somebody who reads them from block <paramref name="from"/> on, and stays until all are there.</summary>
    public DigestReader? AskToRead(DigestKey key, RequestPath path, int from)
    {
        var reader = Ask(key, path)?.Attach(from);
        queue.Wake();
        return reader;
    }

    /// <summary>Lets the workers at a job, now that it is known what the store had.</summary>
    public void Begin(HashJob job, IReadOnlyList<DigestRun> stored)
    {
        job.Begin(stored);
        if (job.Digests.State == DigestsState.Pending)
            queue.Add(job);
        else
            Retire(job);
    }

    public void Finish(Claim claim, ReadOnlySpan<byte> digests)
    {
        claim.Job.Finish(claim, digests);
        if (claim.Job.Digests.State != DigestsState.Pending)
            Retire(claim.Job);
    }

    /// <summary>Ends a job whose file is not any more what it was.</summary>
    public void Change(HashJob job)
    {
        job.Digests.End(DigestsState.Changed);
        Retire(job);
    }

    /// <summary>Ends a job that cannot be done, and it alone.</summary>
    public void Fail(HashJob job, string failure)
    {
        job.Digests.End(DigestsState.Failed, failure);
        Retire(job);
    }

    private void Retire(HashJob job)
    {
        var state = job.Digests.State;
        lock (_gate)
        {
            // Of the workers at the last blocks, the first one is here for all.
            if (!job.TryRetire())
                return;
            if (state == DigestsState.Complete && job.IsSound)
                memory.Add(job.Key, job.Digests.Look(static table => table));
            if (state == DigestsState.Failed)
                _failures.Enqueue((job, time.GetTimestamp()));
            else
                _jobs.Remove(job.Key);
        }

        Report(job, state);
    }

    private void ForgetFailures()
    {
        while (_failures.TryPeek(out var failure) && time.GetElapsedTime(failure.Since) > FailureMemory)
            _jobs.Remove(_failures.Dequeue().Job.Key);
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
            log.FileHashed(job.Path, job.Key.Algorithm.DisplayName, job.HashedBlocks, job.HashedBytes, seconds, rate);
        }
    }
}

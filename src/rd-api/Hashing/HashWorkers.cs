using System.Buffers;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// The threads that hash: dedicated ones, because hashing keeps a processor busy for minutes, and requests have to be answered
/// meanwhile.
/// </summary>
internal sealed class HashWorkers(
    HashQueue queue,
    HashJobs jobs,
    IWebRoot root,
    FetchedPages fetched,
    Supervisor supervisor,
    RdApiOptions options,
    TimeProvider time,
    ILogger log) : BackgroundService
{
    // A claim takes 100 ms, unless the disk is slow. This limit is separate because a download that outlasts the shutdown uses up the host's.
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(1);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(StopLimit, time);
        queue.Stop();
        await base.StopAsync(limit.Token);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(0, options.Workers).Select(i => supervisor.RunAsync($"hash {i}", _ => StartThread($"hash {i}"), stoppingToken)));

    private Task StartThread(string name)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => Work(ended)) { IsBackground = true, Name = name }.Start();
        return ended.Task;
    }

    private void Work(TaskCompletionSource ended)
    {
        try
        {
            var hasher = new BlockHasher(root, fetched);
            var digests = new ArrayBufferWriter<byte>();
            while (queue.WaitForClaim() is { } claim)
            {
                digests.ResetWrittenCount();
                Work(claim, hasher, digests);
            }

            ended.SetResult();
        }
        catch (Exception error)
        {
            ended.SetException(error);
        }
    }

    // Failures end here: they end only that job, are reported to the clients that wait for it, and are logged.
    private void Work(Claim claim, BlockHasher hasher, ArrayBufferWriter<byte> digests)
    {
        var began = time.GetTimestamp();
        try
        {
            switch (hasher.Hash(claim, digests))
            {
                case HashOutcome.Hashed:
                    claim.Job.ClaimSize.Measure(claim.Blocks.Count, time.GetElapsedTime(began));
                    jobs.Finish(claim, digests.WrittenSpan);
                    break;
                case HashOutcome.Begun:
                    jobs.Return(claim);
                    break;
                case HashOutcome.Changed:
                    jobs.EndAsChanged(claim.Job);
                    break;
                case HashOutcome.Gone:
                    jobs.Fail(claim.Job, FileDigests.Removed);
                    break;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            jobs.Fail(claim.Job, $"The file cannot be read: {error.Message}");
        }
        catch (Exception error)
        {
            log.HashingBroke(error, claim.Job.Path);
            jobs.Fail(claim.Job, "The digests cannot be calculated; the server's log says why.");
        }
    }
}

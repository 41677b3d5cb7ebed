using System.Buffers;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// The threads that hash. They are threads of their own because hashing keeps a processor busy for minutes, and requests are to be
/// answered meanwhile.
/// </summary>
internal sealed class HashWorkers(
    HashQueue queue, HashJobs jobs, IWebRoot root, RdApiOptions options, TimeProvider time, ILogger<HashWorkers> log) : IHostedService
{
    // What hashing fetches from the disk stays in memory for those who download next, the last eighth of the memory's size of each file:
    // hashing a huge file must not push out all that is being served.
    private readonly long _keptBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8;

    // A claim takes 100 ms, unless the disk is slow.
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(1);

    private readonly List<Task> _ended = [];

    public Task StartAsync(CancellationToken cancellationToken)
    {
        for (var i = 0; i < options.Workers; i++)
        {
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _ended.Add(ended.Task);
            new Thread(() => Work(ended)) { IsBackground = true, Name = $"hash {i}" }.Start();
        }

        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        queue.Stop();
        // A download that outlasts the stop has used up the host's time, and the token with it.
        await Task.WhenAll(_ended).WaitAsync(StopLimit, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Work(TaskCompletionSource ended)
    {
        var hasher = new BlockHasher(root, _keptBytes);
        var digests = new ArrayBufferWriter<byte>();
        while (queue.Take() is { } claim)
        {
            digests.ResetWrittenCount();
            Work(claim, hasher, digests);
        }

        ended.SetResult();
    }

    // The boundary of a job: whatever goes wrong within ends that job alone, is told to those who wait for it, and logged.
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
                case HashOutcome.Changed:
                    jobs.Change(claim.Job);
                    break;
                case HashOutcome.Gone:
                    jobs.Fail(claim.Job, "The file was removed while its digests were calculated.");
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

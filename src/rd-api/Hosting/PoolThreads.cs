using Microsoft.Extensions.Hosting;

namespace ReliableDownload.Api.Hosting;

/// <summary>
/// Adds threads to the pool while its threads get nothing done. A file system that hangs blocks a thread for each request that needs it, and those who ask
/// for something else must not wait behind them: by itself the runtime adds a thread or two in a second. One per process.
/// </summary>
internal sealed class PoolThreads : IHostedService, IDisposable
{
    // Reading a file that is not in memory blocks a thread: with one thread per processor a few such clients would block all others.
    private const int Fewest = 32;

    // Fewer work items than this in an interval, while others wait, are no progress. A busy pool completes thousands.
    private const int Progress = 4;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    // Ten looks a second must not spin.
    private readonly ManualResetEventSlim _stopping = new(initialState: false, spinCount: 0);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Allow(Fewest);
        // A thread of its own: the pool's are those that may all be blocked.
        new Thread(Watch) { IsBackground = true, Name = "pool threads" }.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _stopping.Set();
        return Task.CompletedTask;
    }

    public void Dispose() => _stopping.Set();

    private void Watch()
    {
        var (allowed, completed) = (Fewest, ThreadPool.CompletedWorkItemCount);
        while (!_stopping.Wait(Interval))
        {
            var last = completed;
            completed = ThreadPool.CompletedWorkItemCount;
            var isBlocked = ThreadPool.PendingWorkItemCount > 0 && completed - last < Progress;
            var wanted = isBlocked ? Math.Min(allowed * 2, Limits.BlockedThreads) : Fewest;
            // What is blocked stays so for a while: threads that are allowed no more end by themselves when they have been idle.
            if (wanted > allowed || (wanted < allowed && ThreadPool.ThreadCount <= Fewest))
                Allow(allowed = wanted);
        }
    }

    private static void Allow(int threads)
    {
        ThreadPool.GetMinThreads(out _, out var completionThreads);
        ThreadPool.SetMinThreads(threads, completionThreads);
    }
}

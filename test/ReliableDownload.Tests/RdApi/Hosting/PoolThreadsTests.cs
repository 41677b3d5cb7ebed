using ReliableDownload.Api.Hosting;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Hosting;

/// <summary>Requests whose file system hangs, as the pool sees them: threads that do not come back. Alone, because all tests share the pool.</summary>
[CollectionDefinition(nameof(PoolThreadsTests), DisableParallelization = true)]
[Collection(nameof(PoolThreadsTests))]
public sealed class PoolThreadsTests
{
    [Fact]
    public async Task Who_asks_for_something_else_does_not_wait_for_hundreds_whose_file_system_hangs()
    {
        using var threads = new PoolThreads();
        using var end = new ManualResetEventSlim();
        using var answered = new ManualResetEventSlim();
        await threads.StartAsync(TestContext.Current.CancellationToken);
        try
        {
            // The runtime alone would need minutes.
            for (var i = 0; i < 500; i++)
                ThreadPool.UnsafeQueueUserWorkItem(static end => end.Wait(), end, preferLocal: false);
            ThreadPool.UnsafeQueueUserWorkItem(static answered => answered.Set(), answered, preferLocal: false);
            Assert.True(answered.Wait(Eventually.Limit, TestContext.Current.CancellationToken));
        }
        finally
        {
            end.Set();
            await threads.StopAsync(CancellationToken.None);
        }
    }
}

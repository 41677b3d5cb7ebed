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
        const int Hanging = 500;
        using var end = new ManualResetEventSlim();
        using var ended = new CountdownEvent(Hanging);
        using var answered = new ManualResetEventSlim();
        await threads.StartAsync(TestContext.Current.CancellationToken);
        try
        {
            // The runtime alone would need minutes.
            for (var i = 0; i < Hanging; i++)
            {
                ThreadPool.UnsafeQueueUserWorkItem(
                    static both =>
                    {
                        both.end.Wait();
                        both.ended.Signal();
                    },
                    (end, ended),
                    preferLocal: false);
            }

            ThreadPool.UnsafeQueueUserWorkItem(static answered => answered.Set(), answered, preferLocal: false);
            Assert.True(answered.Wait(Eventually.Limit, TestContext.Current.CancellationToken));
        }
        finally
        {
            end.Set();
            // What is still in the queue would meet an event that is no more, and with that all tests would end.
            ended.Wait(CancellationToken.None);
            await threads.StopAsync(CancellationToken.None);
        }
    }
}

using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Sending;

/// <summary>Requests are answered by few threads, which no client may have for itself.</summary>
public sealed class EventThreadTests(ServedFolder folder) : IClassFixture<ServedFolder>
{
    // More clients than threads, so that each thread has one that never rests.
    private static readonly int Greedy = 2 * Environment.ProcessorCount;

    [Fact]
    public void As_many_threads_as_processors_answer()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere the thread pool answers");
        Assert.Equal(Environment.ProcessorCount, ThreadNames.Of($"{folder.Server.Process.Id}").Count(name => name == ".NET Sockets"));
    }

    [Fact]
    public async Task Clients_that_ask_without_end_leave_others_their_turn()
    {
        var name = folder.CreateFile("");
        var requests = string.Concat(Enumerable.Repeat($"HEAD /{name} HTTP/1.1\r\nHost: x\r\n\r\n", 5000));
        await AnswersOthersBesideAsync(requests);
    }

    [Fact]
    public async Task Clients_that_download_without_end_leave_others_their_turn()
    {
        SampleFile.CreateZeros(folder["large"], 256 << 20);
        var requests = string.Concat(Enumerable.Repeat("GET /large HTTP/1.1\r\nHost: x\r\n\r\n", 20));
        await AnswersOthersBesideAsync(requests);
    }

    private async Task AnswersOthersBesideAsync(string requests)
    {
        var small = folder.CreateFile("small");
        using var over = new CancellationTokenSource();
        var greedy = Enumerable.Range(0, Greedy).Select(_ => AskWithoutEndAsync(requests, over)).ToList();
        for (var other = 0; other < 50; other++)
            Assert.EndsWith("small", await RawConnection.GetAsync(folder.Server.BaseAddress, $"/{small}"));
        Assert.DoesNotContain(greedy, client => client.IsCompleted);
        await over.CancelAsync();
        await Task.WhenAll(greedy);
    }

    private async Task AskWithoutEndAsync(string requests, CancellationTokenSource over)
    {
        await using var connection = await RawConnection.OpenAsync(folder.Server.BaseAddress);
        var asking = Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
                await connection.SendAsync(requests);
        });
        while (!over.IsCancellationRequested)
            Assert.NotEqual(0, await connection.ReadAsync(1 << 18));
        connection.Reset();
        // It may have been in the middle of a request, or not.
        await asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}

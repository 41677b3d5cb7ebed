using System.Diagnostics;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Hosting;

/// <summary>The server stops accepting before it has no descriptor left.</summary>
public sealed class ConnectionLimitTests
{
    private const int Descriptors = 400;

    [Fact]
    public async Task More_clients_than_descriptors_wait_and_harm_nobody_who_is_in()
    {
        using var temp = new TempFolder();
        await File.WriteAllTextAsync(temp["file"], "content");
        await using var server = await RdApiProcess.StartLimitedAsync($"ulimit -n {Descriptors}", temp.Path);
        await using var inside = await RawConnection.OpenAsync(server.BaseAddress);
        await AskAsync(inside);
        var crowd = new List<RawConnection>();
        for (var i = 0; i < Descriptors; i++)
            crowd.Add(await RawConnection.OpenAsync(server.BaseAddress));

        var before = server.Process.Status().ProcessorTime;
        var watch = Stopwatch.StartNew();
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var i = 0; i < 20; i++)
        {
            await AskAsync(inside);
            await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        Assert.InRange(server.Process.Status().ProcessorTime - before, TimeSpan.Zero, watch.Elapsed / 2);
        Assert.InRange(Directory.GetFiles($"/proc/{server.Process.Id}/fd").Length, 1, Descriptors - 20);
        foreach (var one in crowd)
            one.Reset();
        Assert.EndsWith("content", await RawConnection.GetAsync(server.BaseAddress, "/file"));
        Assert.DoesNotMatch(" (warn|error) ", server.Process.Error.Text);
    }

    private static async Task AskAsync(RawConnection connection)
    {
        await connection.SendAsync("GET /file HTTP/1.1\r\nHost: x\r\n\r\n");
        var answer = await connection.ReadSomeAsync();
        while (!answer.EndsWith("content", StringComparison.Ordinal))
            answer += await connection.ReadSomeAsync();
    }
}

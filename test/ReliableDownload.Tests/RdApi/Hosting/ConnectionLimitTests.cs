using System.Diagnostics;
using System.Net.Sockets;
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

        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        // It would not come to rest if it tried to accept all the time; what it compiles just now comes to an end.
        await Eventually.IsTrueAsync(IsAtRestAsync, "the server is at rest");
        Assert.InRange(Directory.GetFiles($"/proc/{server.Process.Id}/fd").Length, 1, Descriptors - 20);
        foreach (var one in crowd)
            one.Reset();
        Assert.EndsWith("content", await RawConnection.GetAsync(server.BaseAddress, "/file"));
        Assert.DoesNotMatch(" (warn|error) ", server.Process.Error.Text);

        async Task<bool> IsAtRestAsync()
        {
            var (before, watch) = (server.Process.Status().ProcessorTime, Stopwatch.StartNew());
            for (var i = 0; i < 10; i++)
            {
                await AskAsync(inside);
                await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            }

            return server.Process.Status().ProcessorTime - before < watch.Elapsed / 4;
        }
    }

    [Fact]
    public async Task A_client_that_opens_more_than_its_share_is_cut_off_and_what_it_has_goes_on()
    {
        using var temp = new TempFolder();
        await File.WriteAllTextAsync(temp["file"], "content");
        await using var server = await RdApiProcess.StartAsync(temp.Path, "--max-connections-per-client", "2");
        await using var first = await RawConnection.OpenAsync(server.BaseAddress);
        await using var second = await RawConnection.OpenAsync(server.BaseAddress);
        await AskAsync(first);
        await AskAsync(second);
        Assert.True(await IsCutAsync(server.BaseAddress));
        await AskAsync(first);
        second.Reset();
        await Eventually.IsTrueAsync(() => IsTaken(server.BaseAddress), "there is room again");
    }

    [Fact]
    public async Task More_clients_than_the_operator_wants_wait_for_those_who_are_in()
    {
        using var temp = new TempFolder();
        await File.WriteAllTextAsync(temp["file"], "content");
        await using var server = await RdApiProcess.StartAsync(temp.Path, "--max-connections", "1");
        var first = await RawConnection.OpenAsync(server.BaseAddress);
        await AskAsync(first);
        var second = RawConnection.GetAsync(server.BaseAddress, "/file");
        await AskAsync(first);
        Assert.False(second.IsCompleted);
        first.Reset();
        Assert.EndsWith("content", await second);
    }

    [Fact]
    public async Task One_connection_at_a_time_may_come_to_any_address()
    {
        using var temp = new TempFolder();
        await File.WriteAllTextAsync(temp["file"], "content");
        await using var server = await RdApiProcess.StartAsync(
            null, "--web-root", temp.Path, "--listen", "127.0.0.1:0", "--listen", $"unix:{temp["socket"]}", "--max-connections", "1");
        for (var i = 0; i < 2; i++)
        {
            Assert.EndsWith("content", await RawConnection.GetAsync(server.BaseAddress, "/file"));
            Assert.Equal("content\n", await Tool.RunAsync(temp.Path, "curl", "-sS", "--unix-socket", temp["socket"], "http://x/file"));
        }
    }

    private static async Task<bool> IsCutAsync(Uri server)
    {
        try
        {
            await using var connection = await RawConnection.OpenAsync(server);
            return connection.WaitForCut(ProcessRunner.Limit);
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionReset)
        {
            // The server can be faster than whoever waits for the connection.
            return true;
        }
    }

    private static bool IsTaken(Uri server)
    {
        using var client = new HttpClient();
        try
        {
            return client.Send(new HttpRequestMessage(HttpMethod.Get, server)).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task AskAsync(RawConnection connection)
    {
        await connection.SendAsync("GET /file HTTP/1.1\r\nHost: x\r\n\r\n");
        var answer = await connection.ReadSomeAsync();
        while (!answer.EndsWith("content", StringComparison.Ordinal))
            answer += await connection.ReadSomeAsync();
    }
}

using System.Net;
using System.Text.Json;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Hashing;

/// <summary>Many clients and many files at once.</summary>
public sealed class SharedWorkTests
{
    private const int BlockSize = 2 << 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Many_who_ask_for_one_file_have_it_hashed_once()
    {
        using var root = new TempFolder();
        SampleFile.CreateThin(root["file"], 200L * BlockSize);
        await using var server = await RdApiProcess.StartAsync(root.Path);
        var last = await Task.WhenAll(Enumerable.Range(0, 8).Select(
            async i => await server.Client.StreamAsync($"file?from={i * 20}").LastAsync(Cancellation)));
        Assert.Single(last.Select(line => Convert.ToHexString(Assert.IsType<StreamLine.End>(line).Root)).Distinct());
        await server.AssertHashedAsync(root, "file", 200);
    }

    [Fact]
    public async Task A_small_file_does_not_wait_for_a_huge_one()
    {
        using var root = TempFolder.InMemory();
        SampleFile.CreateThin(root["huge"], 16L << 30);
        SampleFile.Create(root["small"], 3_000_000);
        await using var server = await RdApiProcess.StartAsync(root.Path, "--worker", "1");
        await foreach (var line in server.Client.StreamAsync("huge"))
        {
            if (line is not StreamLine.Blocks)
                continue;
            Assert.IsType<StreamLine.End>(await server.Client.StreamAsync("small").LastAsync(Cancellation));
            await server.AssertHashedAsync(root, "huge");
            return;
        }

        Assert.Fail("the huge file's stream ended without digests");
    }

    [Fact]
    public async Task A_client_that_asks_for_many_files_gets_no_more_of_the_workers_than_another_that_asks_for_one()
    {
        const int Greedy = 20;
        const long OneSize = 192L << 20;
        using var root = TempFolder.InMemory();
        for (var file = 0; file < Greedy; file++)
            SampleFile.CreateThin(root[$"{file}"], 1L << 30);
        SampleFile.CreateThin(root["one"], OneSize);
        await using var server = await RdApiProcess.StartAsync(root.Path, "--worker", "1", "--metrics-listen", "127.0.0.1:0");
        var status = new Uri((await server.Process.Error.WaitForAsync("status at ")).Split("status at ")[1] + "?json");
        var greedy = new List<RawConnection>();
        for (var file = 0; file < Greedy; file++)
        {
            var connection = await RawConnection.OpenAsync(server.BaseAddress);
            greedy.Add(connection);
            await connection.SendAsync($"GET /rd/{file} HTTP/1.1\r\nHost: x\r\nAccept: application/x-ndjson\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 200 ", await connection.ReadSomeAsync());
        }

        await using var modest = await RawConnection.OpenAsync(server.BaseAddress, from: "127.0.0.2");
        await modest.SendAsync("GET /rd/one HTTP/1.1\r\nHost: x\r\nAccept: application/x-ndjson\r\nConnection: close\r\n\r\n");
        var answer = await modest.ReadSomeAsync();
        var before = await HashedAsync(server, status);
        answer += await modest.ReadToEndAsync();
        var meanwhile = await HashedAsync(server, status) - before;
        Assert.Contains("{\"type\":\"end\"", answer);
        // Turn by turn it is twice the file, if turns are of one size; with a turn for each file it is 21 times.
        Assert.InRange(meanwhile, 0, 8 * OneSize);
        foreach (var connection in greedy)
            connection.Reset();
    }

    private static async Task<long> HashedAsync(RdApiProcess server, Uri status) =>
        JsonElement.Parse(await server.Client.GetStringAsync(status, Cancellation)).GetProperty("hashed_bytes").GetInt64();

    [Fact]
    public async Task A_client_that_waits_for_the_end_of_a_huge_file_is_told_of_it_before_the_middle_is_known()
    {
        using var root = TempFolder.InMemory();
        const long Size = 16L << 30;
        SampleFile.CreateThin(root["huge"], Size);
        await using var server = await RdApiProcess.StartAsync(root.Path);
        var lastBlock = (int)(Size / BlockSize) - 1;
        var line = await server.Client.StreamAsync($"huge?from={lastBlock}")
            .FirstAsync(line => line is StreamLine.Blocks or StreamLine.End, Cancellation);
        Assert.Equal(lastBlock, Assert.IsType<StreamLine.Blocks>(line).First);
        await server.AssertHashedAsync(root, "huge");
    }

    [Fact]
    public async Task A_client_that_reads_nothing_makes_nobody_wait()
    {
        using var root = new TempFolder();
        // So many digests that they do not fit into the buffers of a connection.
        SampleFile.CreateThin(root["file"], 2L << 30);
        await using var server = await RdApiProcess.StartAsync(root.Path, "--block-size", "64K");
        using var standing = await server.Client.AskForStreamAsync("file");
        Assert.IsType<StreamLine.End>(await server.Client.StreamAsync("file").LastAsync(Cancellation));
    }

    [Fact]
    public async Task Who_asks_for_more_files_than_can_be_hashed_at_once_still_gets_answers()
    {
        using var root = TempFolder.InMemory();
        // Each takes a worker some ten milliseconds, and a request takes one.
        for (var file = 0; file < 1100; file++)
            SampleFile.CreateThin(root[$"{file}"], 64 << 20);
        await using var server = await RdApiProcess.StartAsync(root.Path, "--block-size", "64M", "--worker", "1");
        for (var file = 0; file < 1100; file++)
        {
            using var response = await server.Client.GetAsync(new Uri($"/rd/{file}", UriKind.Relative), Cancellation);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }

    [Fact]
    public async Task One_file_under_many_names_is_hashed_once()
    {
        using var root = new TempFolder();
        SampleFile.Create(root["file"], 5 * BlockSize);
        await SampleFile.SettledAsync(root["file"]);
        Directory.CreateSymbolicLink(root["loop"], ".");
        await using var server = await RdApiProcess.StartAsync(root.Path);
        foreach (var name in (string[])["file", "loop/file", "loop/loop/file"])
            Assert.IsType<StreamLine.End>(await server.Client.StreamAsync(name).LastAsync(Cancellation));
        await server.AssertHashedAsync(root, "file", 5);
        await server.AssertHashedAsync(root, "loop/file");
        await server.AssertHashedAsync(root, "loop/loop/file");
    }
}

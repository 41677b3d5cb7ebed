using System.Net;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Hashing;

/// <summary>Many clients and many files at once.</summary>
public sealed class SharedWorkTests
{
    private const int BlockSize = 2 << 20;
    // Hashed in half a minute at the best, in large blocks, of which few have to be written.
    private const long Huge = 256L << 30;
    private const int LargeBlock = 64 << 20;

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
        SampleFile.CreateThin(root["huge"], Huge, LargeBlock);
        SampleFile.Create(root["small"], 3_000_000);
        await using var server = await RdApiProcess.StartAsync(root.Path, "--block-size", "64M", "--worker", "1");
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
        using var root = TempFolder.InMemory();
        for (var file = 0; file < Greedy; file++)
            SampleFile.CreateThin(root[$"{file}"], 64 << 20);
        SampleFile.CreateThin(root["one"], 192 << 20);
        await using var server = await RdApiProcess.StartAsync(root.Path, "--worker", "1", "--verbose");
        // Halted, so that it hears of all of them at once.
        server.Process.Send(Signal.Stop);
        var greedy = new List<RawConnection>();
        for (var file = 0; file < Greedy; file++)
            greedy.Add(await AskAsync($"{file}", "127.0.0.1"));
        await using var modest = await AskAsync("one", "127.0.0.2");
        server.Process.Send(Signal.Continue);
        foreach (var connection in (RawConnection[])[modest, .. greedy])
            Assert.Contains("{\"type\":\"end\"", await connection.ReadToEndAsync());
        await Eventually.IsTrueAsync(() => Hashed().Count == Greedy + 1, "all was logged");
        // Turn by turn three of them are hashed before the one that is as long as three; with a turn for each file it would be the last.
        Assert.InRange(Hashed().IndexOf("one"), 0, 12);
        foreach (var connection in greedy)
            await connection.DisposeAsync();

        List<string> Hashed() => [.. server.Process.Error.Lines.Where(line => line.Contains(" hashed: ", StringComparison.Ordinal)).Select(line => line.Split(" hashed: ")[0].Split(' ')[^1])];

        async Task<RawConnection> AskAsync(string file, string from)
        {
            var connection = await RawConnection.OpenAsync(server.BaseAddress, from: from);
            await connection.SendAsync($"GET /rd/{file} HTTP/1.1\r\nHost: x\r\nAccept: application/x-ndjson\r\nConnection: close\r\n\r\n");
            return connection;
        }
    }

    [Fact]
    public async Task A_client_that_waits_for_the_end_of_a_huge_file_is_told_of_it_before_the_middle_is_known()
    {
        using var root = TempFolder.InMemory();
        SampleFile.CreateThin(root["huge"], Huge, LargeBlock);
        await using var server = await RdApiProcess.StartAsync(root.Path, "--block-size", "64M");
        const int lastBlock = (int)(Huge / LargeBlock) - 1;
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

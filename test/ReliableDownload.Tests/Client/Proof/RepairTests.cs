using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Client;
using ReliableDownload.Tests.Client.AnyServer;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.Proof;

/// <summary>The digest of the whole file does not fit, and nothing tells which bytes are wrong: what comes twice the same is right.</summary>
public sealed class RepairTests
{
    private const int Size = (20 << 20) + 123;

    [Fact]
    public async Task Wrong_bytes_are_found_by_fetching_again_and_the_file_ends_proven()
    {
        await using var fixture = await StartAsync();
        // The first pass brings wrong bytes in two blocks, the second one in a third.
        var asked = new Dictionary<int, int>();
        fixture.Server.OnRange = (context, _) => FlipAsync(fixture, context, (block, time) => (block, time) is (2, 1) or (5, 1) or (7, 2), asked);

        var result = await fixture.DownloadAsync();

        fixture.AssertComplete(result);
        Assert.Equal("SHA256SUMS beside it", result.ChecksumSource);
        Assert.InRange(result.BytesFetched, 2 * Size, (2 * Size) + (3 * (2 << 20)));
    }

    [Fact]
    public async Task Zeros_that_came_as_something_else_become_zeros()
    {
        await using var fixture = await StartAsync();
        fixture.Server.Content = new byte[Size];
        var asked = new Dictionary<int, int>();
        fixture.Server.OnRange = (context, _) => FlipAsync(fixture, context, (block, time) => (block, time) is (3, 1), asked);

        fixture.AssertComplete(await fixture.DownloadAsync());
    }

    [Fact]
    public async Task A_cache_with_wrong_bytes_is_asked_past()
    {
        await using var fixture = await StartAsync();
        fixture.Server.OnRange = (context, _) => FlipAsync(fixture, context, (block, _) => block == 4 && !context.Request.Headers.CacheControl.Contains("no-cache"), []);

        fixture.AssertComplete(await fixture.DownloadAsync());
    }

    [Fact]
    public async Task A_file_that_is_another_one_is_said_to_be_so()
    {
        await using var fixture = await StartAsync();
        fixture.Server.Beside["/SHA256SUMS"] = context => context.Response.WriteAsync(Hex([]) + "  file.bin");

        var result = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.NotProven, result.Outcome);
        Assert.Contains("it came twice with the same bytes", result.Message);
        Assert.Equal(2 * Size, result.BytesFetched);
        Assert.False(File.Exists(fixture.Target));
    }

    [Fact]
    public async Task Ranges_that_came_differently_are_named_where_nothing_fits()
    {
        await using var fixture = await StartAsync();
        fixture.Server.Beside["/SHA256SUMS"] = context => context.Response.WriteAsync(Hex([]) + "  file.bin");
        var asked = new Dictionary<int, int>();
        fixture.Server.OnRange = (context, _) => FlipAsync(fixture, context, (block, time) => (block, time) is (2, 1) or (3, 1) or (10, 1), asked);

        var result = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.NotProven, result.Outcome);
        Assert.Contains($"4194304-8388607, 20971520-{Size - 1}", result.Message);
    }

    [Fact]
    public async Task A_bad_line_to_nginx_with_SHA256SUMS_ends_with_the_right_file()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["root"]);
        var content = SampleFile.Create(folder["root/big.bin"], Size);
        await File.WriteAllTextAsync(folder["root/SHA256SUMS"], $"{Hex(content)}  big.bin\n", TestContext.Current.CancellationToken);
        await using var nginx = await WebServer.NginxAsync($"root {folder["root"]};");
        // One byte of each connection is another, somewhere else each time.
        await using var line = Relay.To(nginx.EndPoint, number => new RelayScript { CorruptAt = 300_000 + (number * 611_953) });

        var end = await RdProcess.RunAsync(folder, "-w", "4", line.Through(new Uri("http://127.0.0.1/big.bin")).AbsoluteUri);

        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Contains("proven by SHA-256 of SHA256SUMS beside it", end.Error);
        Assert.Contains("fetched again", end.Error);
        Assert.True(content.AsSpan().SequenceEqual(File.ReadAllBytes(folder["big.bin"])), "the file is another one");
        Assert.InRange(line.Bytes, 2 * Size, 3L * Size);
    }

    private static async Task<ClientFixture> StartAsync()
    {
        var fixture = await PlainFixture.StartAsync(Size);
        fixture.Server.Beside["/SHA256SUMS"] = context => context.Response.WriteAsync(Hex(fixture.Server.Content) + "  file.bin");
        return fixture;
    }

    /// <summary>Answers a range, with a wrong byte at the beginning of each block that <paramref name="isWrong"/> says.</summary>
    private static async Task<bool> FlipAsync(ClientFixture fixture, HttpContext context, Func<int, int, bool> isWrong, Dictionary<int, int> asked)
    {
        if (context.Request.Headers.Range.Count == 0)
            return false;
        var (from, to) = ScriptedServer.RangeOf(context);
        var body = fixture.Server.Slice(context);
        for (var start = (from + (2 << 20) - 1) / (2 << 20) * (2 << 20); start <= to; start += 2 << 20)
        {
            var block = (int)(start / (2 << 20));
            int time;
            lock (asked)
                time = asked[block] = asked.GetValueOrDefault(block) + 1;
            if (isWrong(block, time))
                body[start - from] ^= 1;
        }

        context.Response.Headers.ETag = fixture.Server.Version.ETag;
        await ScriptedServer.SendRangeAsync(context, fixture.Server.Content.Length, body);
        return true;
    }

    private static string Hex(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));
}

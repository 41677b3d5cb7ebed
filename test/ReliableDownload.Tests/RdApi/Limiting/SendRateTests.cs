using System.Diagnostics;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Limiting;

/// <summary>The rate of what is sent, over the wire.</summary>
public sealed class SendRateTests : IDisposable
{
    private const int Rate = 1 << 20;
    private const int Size = 700 << 10;

    // Beside what the rate allows: what a late timer may catch up with, a slot of 50 ms, headers.
    private const int Ahead = (Rate / 4) + (8 << 10);

    private readonly TempFolder _root = new();
    private readonly TempFolder _certificates = new();

    public SendRateTests() => SampleFile.Create(_root["file"], Size);

    [Theory]
    [InlineData("--limit-rate", "file", null)]
    [InlineData("--limit-rate-per-client", "file", null)]
    [InlineData("--limit-rate", "?tar", null)]
    [InlineData("--limit-rate", "file", "1.1")]
    [InlineData("--limit-rate-per-client", "file", "2.0")]
    public async Task Bytes_come_smoothly_and_never_faster_than_they_may(string option, string target, string? tls)
    {
        await using var server = tls is null
            ? await RdApiProcess.StartAsync(_root.Path, option, "1M")
            : await RdApiProcess.StartTlsAsync(_certificates, _root.Path, option, "1024K");
        using var client = tls is null ? new HttpClient { BaseAddress = server.BaseAddress } : server.TrustingClient();
        // What is held back and then sent at once comes in one piece or two; a busy machine makes a dozen as few, but not each time.
        await Eventually.IsTrueAsync(async () => await PiecesAsync(client, target, new Version(tls ?? "1.1")) >= 4, "the bytes came smoothly");
    }

    /// <summary>In how many pieces all that is there came.</summary>
    private static async Task<int> PiecesAsync(HttpClient client, string target, Version version)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, target) { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        var watch = Stopwatch.StartNew();
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        await using var body = await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        var (buffer, got, pieces) = (new byte[Size], 0, 0);
        for (int count; (count = await body.ReadAsync(buffer, TestContext.Current.CancellationToken)) > 0; pieces++)
        {
            got += count;
            Assert.InRange(got, 1, (int)(watch.Elapsed.TotalSeconds * Rate) + Ahead);
        }

        Assert.InRange(got, Size, Size + (8 << 10));
        return pieces;
    }

    [Fact]
    public async Task Connections_of_one_client_share_its_rate()
    {
        await using var server = await RdApiProcess.StartAsync(_root.Path, "--limit-rate-per-client", "1M");
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => FetchAsync(server.BaseAddress, "127.0.0.1", Size / 2)));
        Assert.InRange(watch.Elapsed.TotalSeconds, (double)(Size - Ahead) / Rate, double.MaxValue);
    }

    [Fact]
    public async Task Another_client_has_a_rate_of_its_own()
    {
        // So the first one would need 35 s.
        await using var server = await RdApiProcess.StartAsync(_root.Path, "--limit-rate-per-client", "20K");
        var greedy = await RawConnection.OpenAsync(server.BaseAddress);
        await greedy.SendAsync("GET /file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        var all = greedy.ReadToEndAsync();
        await FetchAsync(server.BaseAddress, "127.0.0.2", 8 << 10);
        Assert.False(all.IsCompleted);
        greedy.Reset();
        await Assert.ThrowsAnyAsync<Exception>(() => all);
    }

    [Fact]
    public async Task Whoever_connects_anew_gets_no_more_and_whoever_leaves_takes_nobodys_turn()
    {
        await using var server = await RdApiProcess.StartAsync(_root.Path, "--limit-rate", "1M", "--limit-rate-per-client", "1M");
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 40; i++)
        {
            var connection = await RawConnection.OpenAsync(server.BaseAddress);
            await connection.SendAsync("GET /file HTTP/1.1\r\nHost: x\r\n\r\n");
            connection.Reset();
        }

        for (var i = 0; i < 5; i++)
            await FetchAsync(server.BaseAddress, "127.0.0.1", Size / 5);
        Assert.InRange(watch.Elapsed.TotalSeconds, (double)(Size - Ahead) / Rate, 30);
    }

    public void Dispose()
    {
        _root.Dispose();
        _certificates.Dispose();
    }

    private static async Task FetchAsync(Uri server, string from, int count)
    {
        await using var connection = await RawConnection.OpenAsync(server, from: from);
        await connection.SendAsync($"GET /file HTTP/1.1\r\nHost: x\r\nRange: bytes=0-{count - 1}\r\nConnection: close\r\n\r\n");
        Assert.InRange((await connection.ReadToEndAsync()).Length, count, count + 2000);
    }
}

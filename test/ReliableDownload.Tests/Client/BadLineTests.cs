using System.Globalization;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client;

/// <summary>Downloads over a relay that does what bad lines do.</summary>
public sealed class BadLineTests(ITestOutputHelper output)
{
    private const int Mebibyte = 1 << 20;
    private const int BlockSize = 64 << 10;

    /// <summary>
    /// A long torture made short: each connection is cut after 0.1 to 8 MiB, every eighth one has a wrong byte, and the line goes away for a
    /// moment after each 32 MiB. <c>RD_TORTURE_MIB=1024</c> makes it long.
    /// </summary>
    [Fact]
    public async Task Cuts_wrong_bytes_and_outages_cost_five_percent_at_the_most()
    {
        var size = int.Parse(Environment.GetEnvironmentVariable("RD_TORTURE_MIB") ?? "96", CultureInfo.InvariantCulture) * (long)Mebibyte;
        await using var fixture = await ClientFixture.StartAsync((int)size, 2 * Mebibyte);
        var random = new Random(3);
        var connections = 0;
        await using var relay = Relay.To(fixture.Server.Url, _ =>
        {
            lock (random)
            {
                var cutAfter = random.NextInt64(Mebibyte / 10, 8 * Mebibyte);
                return new RelayScript
                {
                    CutAfter = cutAfter,
                    CorruptAt = ++connections % 8 == 0 ? random.NextInt64(cutAfter) : -1,
                    BytesPerSecond = 20 * Mebibyte,
                };
            }
        });
        using var over = new CancellationTokenSource();
        var weather = WeatherAsync(relay, over.Token);

        var result = await fixture.DownloadAsync(
            fixture.Options with { MaxAttempts = 1000, MaxOutage = TimeSpan.FromMinutes(5), StallLimit = TimeSpan.FromSeconds(1.5) }, via: relay);
        await over.CancelAsync();
        var outages = await weather;

        output.WriteLine($"{size} bytes: {result.BytesFetched} fetched, {result.WrongBlocks} wrong blocks, {outages} outages, {result.Retries} retries, {result.Elapsed}");
        fixture.AssertComplete(result);
        Assert.True(result.WrongBlocks > 0 && outages > 0, "the line was too good");
        Assert.InRange(result.BytesFetched, size, (long)(1.05 * size) + ((long)result.WrongBlocks * 2 * Mebibyte));
    }

    [Fact]
    public async Task A_line_that_comes_back_is_found_again_without_a_person()
    {
        await using var fixture = await ClientFixture.StartAsync(200 * BlockSize);
        await using var relay = Relay.To(fixture.Server.Url, _ => RelayScript.Clean with { BytesPerSecond = 2 * Mebibyte });
        fixture.Server.OnRange = (_, number) =>
        {
            if (number == 3)
                relay.GoAway();
            return Task.FromResult(false);
        };
        var troubled = new TaskCompletionSource();
        var progress = new ProgressProbe(now =>
        {
            if (now.Trouble is not null && now.Silence > TimeSpan.FromSeconds(1))
                troubled.TrySetResult();
        });

        var download = fixture.DownloadAsync(fixture.Impatient with { MaxAttempts = 1000, MaxOutage = TimeSpan.FromMinutes(5) }, via: relay, progress: progress);
        await troubled.Task.WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken);
        relay.ComeBack();

        fixture.AssertComplete(await download);
    }

    [Fact]
    public async Task A_connection_that_falls_silent_makes_nobody_wait_for_its_end()
    {
        await using var fixture = await ClientFixture.StartAsync(100 * BlockSize);
        await using var relay = Relay.To(fixture.Server.Url, number => number == 2 ? RelayScript.Clean with { StallAfter = 100_000 } : RelayScript.Clean);

        var result = await fixture.DownloadAsync(fixture.Options with { StallLimit = TimeSpan.FromMinutes(1) }, via: relay);

        fixture.AssertComplete(result);
        Assert.True(result.Elapsed < TimeSpan.FromSeconds(30), $"it took {result.Elapsed}");
    }

    [Fact]
    public async Task A_few_blocks_use_all_connections_where_each_is_capped()
    {
        await using var fixture = await ClientFixture.StartAsync(4 * Mebibyte, 2 * Mebibyte);
        await using var relay = Relay.To(fixture.Server.Url, _ => RelayScript.Clean with { BytesPerSecond = Mebibyte });
        var most = 0;
        var progress = new ProgressProbe(now => most = Math.Max(most, now.Connections));

        var result = await fixture.DownloadAsync(fixture.Options with { Connections = 8 }, via: relay, progress: progress);

        fixture.AssertComplete(result);
        Assert.True(most > 2, $"{most} connections at the most, for a file of two blocks");
    }

    // The line's script, not a wait of the test.
    private static async Task<int> WeatherAsync(Relay relay, CancellationToken cancellationToken)
    {
        var outages = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (relay.Bytes < (outages + 1) * 32L * Mebibyte)
                continue;
            outages++;
            relay.GoAway();
            await Task.Delay(TimeSpan.FromSeconds(0.3), cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            relay.ComeBack();
        }

        return outages;
    }
}

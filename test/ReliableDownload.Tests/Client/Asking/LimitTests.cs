using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ReliableDownload.Client;
using ReliableDownload.Client.Transfers;
using ReliableDownload.Tests.Client.AnyServer;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.Asking;

/// <summary>Limits of the user's: of speed, of time, of addresses.</summary>
public sealed class LimitTests
{
    // A second at the limit.
    private const int SecondBytes = 20 * ClientFixture.BlockSize;

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    public async Task The_rate_holds_over_all_connections(int connections)
    {
        await using var fixture = await ClientFixture.StartAsync(SecondBytes);
        await TakesASecondAsync(async () => fixture.AssertComplete(await fixture.DownloadAsync(Limited(fixture) with { Connections = connections })), () => File.Delete(fixture.Target));
    }

    [Fact]
    public async Task The_rate_holds_in_one_pass()
    {
        await using var fixture = await PlainFixture.StartAsync(SecondBytes);
        fixture.Server.OnRange = (context, _) => PlainFixture.SendWholeAsync(context, fixture.Server.Content);
        await TakesASecondAsync(async () => Assert.Equal(DownloadOutcome.Unproven, (await fixture.DownloadAsync(Limited(fixture))).Outcome), () => File.Delete(fixture.Target));
    }

    [Fact]
    public async Task Waiting_for_the_limit_is_no_silence()
    {
        await using var fixture = await ClientFixture.StartAsync(4000);

        // Four connections, each of which is allowed 500 bytes a second, and may be silent for 0.7 s. A busy machine may be silent for longer itself, but
        // not each time.
        await Eventually.IsTrueAsync(
            async () =>
            {
                File.Delete(fixture.Target);
                var result = await fixture.DownloadAsync(fixture.Impatient with { RateLimit = new RateLimit(2000), Connections = 4 });
                fixture.AssertComplete(result);
                return result.Retries == 0;
            },
            "nothing was taken for silence");
    }

    [Fact]
    public void With_a_limit_that_is_reached_no_connections_are_added()
    {
        var tuner = new ConnectionTuner(null, TimeSpan.FromMilliseconds(100), new RateLimit(10 << 20));
        var first = tuner.Wanted;
        for (var look = 0; look < 1000; look++)
        {
            tuner.Learn(10 << 20, isTroubled: false, isLimited: true);
            Assert.InRange(tuner.Wanted, 1, first);
        }

        Assert.Equal(1, tuner.Wanted);
    }

    [Fact]
    public async Task A_download_that_takes_too_long_ends_and_is_continued_later()
    {
        await using var fixture = await ClientFixture.StartAsync(10_000_000);
        var (end, limit) = (default(DownloadResult), TimeSpan.FromSeconds(0.25));

        // Alone it would take 10 s. On a busy machine even the first block may need longer than the first limit.
        await Eventually.IsTrueAsync(
            async () =>
            {
                limit *= 2;
                end = await fixture.DownloadAsync(fixture.Options with { RateLimit = new RateLimit(1_000_000), MaxTime = limit });
                return File.Exists(fixture.Journal) && File.ReadLines(fixture.Journal).Any(row => row.Length > 0 && char.IsAsciiDigit(row[0]));
            },
            "something came");
        var again = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.Network, end!.Outcome);
        Assert.Contains("--max-time", end.Message);
        Assert.True(end.Elapsed > limit * 0.8, $"{end.Elapsed} of {limit}");
        fixture.AssertComplete(again);
        Assert.InRange(again.BytesKept, 1, 9_999_999);
    }

    [Theory]
    [InlineData(AddressFamily.InterNetwork, true)]
    [InlineData(AddressFamily.InterNetworkV6, false)]
    public async Task Only_the_wanted_family_of_addresses_is_used(AddressFamily family, bool isThere)
    {
        await using var fixture = await ClientFixture.StartAsync(1000);
        var result = await fixture.DownloadAsync(fixture.Options with { AddressFamily = family });
        Assert.Equal(isThere ? DownloadOutcome.Complete : DownloadOutcome.Network, result.Outcome);
        Assert.Equal(!isThere, result.Message.Contains("-4 or -6"));
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_given_up_after_the_limit()
    {
        await using var fixture = await ClientFixture.StartAsync(1000);
        // Full up, so that the kernel answers no further connection.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        using var filling = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await filling.ConnectAsync(listener.LocalEndPoint!, TestContext.Current.CancellationToken);
        var options = fixture.Options with { ConnectLimit = TimeSpan.FromMilliseconds(300), MaxAttempts = 1 };

        var result = await new Downloader(options).DownloadAsync(new Uri($"http://{listener.LocalEndPoint}/f"), fixture.Target, null, TestContext.Current.CancellationToken);

        Assert.Equal(DownloadOutcome.Network, result.Outcome);
        Assert.Contains("does not answer", result.Message);
        // The usual limit is 10 s.
        Assert.InRange(result.Elapsed.TotalSeconds, 0.25, 9);
    }

    private static DownloadOptions Limited(ClientFixture fixture) => fixture.Options with { RateLimit = new RateLimit(SecondBytes) };

    /// <summary>It is never faster than that. A busy machine may take twice as long, but not each time; <see cref="RateLimitTests"/> looks closely.</summary>
    private static Task TakesASecondAsync(Func<Task> download, Action again) => Eventually.IsTrueAsync(
        async () =>
        {
            var took = Stopwatch.StartNew();
            await download();
            // All but the first slot of a twentieth.
            Assert.InRange(took.Elapsed.TotalSeconds, 0.94, double.MaxValue);
            again();
            return took.Elapsed.TotalSeconds < 2;
        },
        "the limit was used up");
}

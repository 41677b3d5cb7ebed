using System.Globalization;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Fleet;

/// <summary>A Redis in which strangers write costs no client anything but time.</summary>
public sealed class HostileRedisTests
{
    private const int Blocks = 200;

    private const int EntryBlocks = 16;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    // Of another kind.
    [InlineData("set CLAIMS nonsense")]
    // Without a group.
    [InlineData("xadd CLAIMS 5-7 b nonsense")]
    // With entries that are none, or no numbers at all for us.
    [InlineData("xgroup create CLAIMS hash 0 mkstream|xadd CLAIMS 5-7 b nonsense")]
    [InlineData("xgroup create CLAIMS hash 0 mkstream|xadd CLAIMS 18446744073709551614-18446744073709551614 b nonsense")]
    // Ended, but the digests are lost.
    [InlineData("xgroup create CLAIMS hash 0 mkstream")]
    [InlineData("rpush DIGESTS nonsense")]
    public async Task What_a_stranger_wrote_into_the_keys_is_got_over(string commands)
    {
        await using var fleet = await RunningFleet.StartAsync(1, "--worker", "1");
        var name = await fleet.HashFileAsync(Blocks);
        await fleet.Redis.AskAsync("flushall");
        foreach (var command in commands.Split('|'))
            Assert.DoesNotContain("ERR", await fleet.Redis.AskAsync(command.Replace("CLAIMS", $"{name}:claims").Replace("DIGESTS", $"{name}:0").Split(' ')), StringComparison.Ordinal);

        await using var another = await fleet.StartAnotherAsync();
        Assert.IsType<StreamLine.End>(await another.Client.StreamAsync("file").LastAsync(Cancellation).AsTask().WaitAsync(ProcessRunner.Limit, Cancellation));
        await Eventually.IsTrueAsync(async () => await fleet.Redis.AskAsync("strlen", $"{name}:0") == $"{Blocks * 32}", "all digests are stored");
        await another.Process.Error.WaitForAsync("file hashed: ");
        Assert.DoesNotContain("going on in memory", another.Process.Error.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("internal error", another.Process.Error.Text, StringComparison.Ordinal);
        Assert.Equal([Blocks], RunningFleet.Hashed(another.Process, "file"));
    }

    [Fact]
    public async Task Who_claims_all_and_never_hashes_is_not_waited_for_for_ever()
    {
        await using var fleet = await RunningFleet.StartAsync(1, "--worker", "1");
        var claims = $"{await fleet.HashFileAsync(Blocks)}:claims";
        await fleet.Redis.AskAsync("flushall");
        await fleet.Redis.AskAsync("xgroup", "create", claims, "hash", "0", "mkstream");
        string[] entries = [.. Enumerable.Range(0, Blocks).Where(block => block % EntryBlocks == 0)
            .Select(block => string.Create(CultureInfo.InvariantCulture, $"{block + 1}-{Math.Min(EntryBlocks, Blocks - block)}"))];
        foreach (var entry in entries)
            await fleet.Redis.AskAsync("xadd", claims, entry, "b", "");
        await fleet.Redis.AskAsync("xreadgroup", "group", "hash", "stranger", "count", "1000", "streams", claims, ">");
        using var over = new CancellationTokenSource();
        var renewing = RenewAsync();

        await using var another = await fleet.StartAnotherAsync();
        Assert.IsType<StreamLine.End>(await another.Client.StreamAsync("file").LastAsync(Cancellation).AsTask().WaitAsync(ProcessRunner.Limit, Cancellation));
        Assert.False(renewing.IsCompleted);
        await over.CancelAsync();
        await renewing;

        async Task RenewAsync()
        {
            // A claim is another's after 3 s.
            using var period = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
            while (!over.IsCancellationRequested)
            {
                await fleet.Redis.AskAsync(["xclaim", claims, "hash", "stranger", "0", .. entries, "justid"]);
                await period.WaitForNextTickAsync(CancellationToken.None);
            }
        }
    }
}

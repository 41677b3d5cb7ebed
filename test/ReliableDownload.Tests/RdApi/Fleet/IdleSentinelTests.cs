using ReliableDownload.Tests.RdApi.Redis;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Fleet;

/// <summary>What a fleet learns of its Redis while nobody asks it for anything.</summary>
public sealed class IdleSentinelTests
{
    [Fact]
    public async Task The_master_of_the_Sentinels_may_die_while_nobody_asks()
    {
        await using var sentinels = new RedisSentinels();
        await sentinels.InitializeAsync();
        await using var fleet = await RunningFleet.StartAsync(RedisStores.UrlOf(sentinels), null, 2, "--worker", "1");
        fleet.Nodes = [sentinels.Replica];
        await fleet.CreateAsync("file", 600);
        await Eventually.IsTrueAsync(async () => (await sentinels.Master.AskAsync("pubsub", "channels")).Contains("3:fleet", StringComparison.Ordinal), "they listen");
        await sentinels.Master.StopAsync();
        await Eventually.IsTrueAsync(async () => (await sentinels.Replica.AskAsync("role")).StartsWith("master", StringComparison.Ordinal), "there is another master");
        await Eventually.IsTrueAsync(
            async () => (await sentinels.Replica.AskAsync("pubsub", "numsub", "rd:3:fleet")).EndsWith("\n2", StringComparison.Ordinal), "both listen to it");
    }
}

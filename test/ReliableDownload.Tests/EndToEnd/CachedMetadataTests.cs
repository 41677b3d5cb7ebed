using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>Metadata in a cache in front of a fleet, which may keep it for seconds.</summary>
public sealed class CachedMetadataTests
{
    private const int Size = (2 << 20) + 123;

    [Fact]
    public async Task Old_metadata_is_given_for_seconds_only_while_the_cache_waits_for_a_replica_that_is_silent()
    {
        await using var fleet = await CachedFleet.StartAsync("nginx");
        await fleet.ChangeAsync(Size);
        fleet.Send(Signal.Stop);
        using var client = new HttpClient { BaseAddress = new Uri(fleet.Url), Timeout = TimeSpan.FromSeconds(1) };
        // The first to ask waits for the replica; what do the others get meanwhile?
        await Eventually.IsTrueAsync(
            async () => !(await Task.WhenAll(IsAnsweredAsync(client), IsAnsweredAsync(client))).Contains(true),
            "nobody gets the older metadata any more");
        fleet.Send(Signal.Continue);
    }

    [Fact]
    public async Task Metadata_that_has_not_changed_is_asked_for_anew_but_not_sent_again()
    {
        await using var fleet = await CachedFleet.StartAsync("nginx");
        await fleet.ChangeAsync(Size);
        using var client = new HttpClient { BaseAddress = new Uri(fleet.Url) };
        await Eventually.IsTrueAsync(
            async () => await CachedFleet.KnowsAllAsync(client) && fleet.HasSaidUnchanged(),
            "a replica has said that nothing has changed");
        await fleet.DownloadAsync("afterwards");
    }

    private static async Task<bool> IsAnsweredAsync(HttpClient client)
    {
        try
        {
            return await CachedFleet.KnowsAllAsync(client);
        }
        catch (TaskCanceledException)
        {
            return false;
        }
    }
}

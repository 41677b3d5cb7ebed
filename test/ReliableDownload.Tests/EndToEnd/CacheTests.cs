using System.Net;
using System.Security.Cryptography;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>A cache in front of a fleet: what it has costs the replicas nothing, and what it has of an older file harms nobody.</summary>
public sealed class CacheTests
{
    private const int Size = (6 << 20) + 123;

    [Theory]
    [InlineData("nginx")]
    [InlineData("vcl")]
    public async Task The_second_client_costs_the_replicas_no_byte_and_an_outage_of_all_does_not_stop_a_third(string cache)
    {
        await using var fleet = await CachedFleet.StartAsync(cache);
        await fleet.ChangeAsync(Size);
        await fleet.DownloadAsync("first");
        var asked = await fleet.RequestsAsync("a");
        await fleet.DownloadAsync("second");
        Assert.Equal(asked, await fleet.RequestsAsync("b"));
        await fleet.KillAsync();

        await fleet.DownloadAsync("third");
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("vcl")]
    public async Task A_changed_file_arrives_as_it_is_now_although_the_cache_has_bytes_of_the_older_one(string cache)
    {
        await using var fleet = await CachedFleet.StartAsync(cache);
        await fleet.ChangeAsync(Size);
        await fleet.DownloadAsync("first");
        var asked = await fleet.RequestsAsync("a");
        await fleet.DownloadAsync("from the cache");
        Assert.Equal(asked, await fleet.RequestsAsync("b"));
        await fleet.ChangeAsync(Size);
        await fleet.DownloadAsync("changed");
        await fleet.ChangeAsync(Size - 1000);
        await fleet.DownloadAsync("shorter");
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("vcl")]
    public async Task What_needs_a_signed_link_is_not_kept_for_strangers_nor_until_after_the_link_expires(string cache)
    {
        using var keys = new TempFolder();
        File.WriteAllBytes(keys["key"], RandomNumberGenerator.GetBytes(32));
        await using var link = ProcessRunner.Start("rd-api", ["link", "--key-file", keys["key"], "/"]);
        var query = (await link.EndAsync()).Output.Trim().Split('?')[1];
        await using var fleet = await CachedFleet.StartAsync(cache, "--key-file", keys["key"]);
        await fleet.PlaceAsync(1000, query);
        var cookie = (await fleet.AskAsync($"/?{query}")).Cookie;
        var asked = await fleet.RequestsAsync("a");

        Assert.Equal(HttpStatusCode.OK, (await fleet.AskAsync("/big.iso", cookie)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await fleet.AskAsync("/big.iso")).Status);
        Assert.Equal(HttpStatusCode.OK, (await fleet.AskAsync($"/big.iso?{query}")).Status);
        Assert.Equal(HttpStatusCode.OK, (await fleet.AskAsync($"/big.iso?{query}")).Status);
        Assert.Equal(asked + 4, await fleet.RequestsAsync("b"));
    }
}

using System.Net;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Metadata;

public sealed class ReadinessTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_without_its_Redis_is_healthy_but_not_ready()
    {
        using var root = new TempFolder();
        await using var redis = await RedisServer.StartAsync();
        await using var server = await RdApiProcess.StartAsync(root.Path, "--redis-host", "127.0.0.1", "--redis-port", $"{redis.Port}");
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync("/rd/ready", Cancellation)).StatusCode);
        await redis.StopAsync();
        SampleFile.Create(root["f"], 10);
        File.SetLastWriteTimeUtc(root["f"], TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-1));
        await server.Client.GetAsync("/rd/f", Cancellation);
        await Eventually.IsTrueAsync(
            async () => (await server.Client.GetAsync("/rd/ready", Cancellation)).StatusCode == HttpStatusCode.ServiceUnavailable, "it is not ready");
        Assert.Contains("\"ended\":[\"store\"]", await (await server.Client.GetAsync("/rd/ready", Cancellation)).Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync("/rd/", Cancellation)).StatusCode);
    }

    [Fact]
    public async Task A_file_of_that_name_has_its_metadata_there()
    {
        using var root = new TempFolder();
        SampleFile.Create(root["ready"], 10);
        await using var server = await RdApiProcess.StartAsync(root.Path);
        Assert.Contains("\"file_size\":10", await server.Client.GetStringAsync("/rd/ready", Cancellation));
    }
}

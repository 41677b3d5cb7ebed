using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ReliableDownload.Api;
using ReliableDownload.Api.Hosting;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Metadata;

public sealed class HealthTests
{
    [Fact]
    public async Task The_health_check_tells_of_what_ended()
    {
        using var temp = new TempFolder();
        await using var app = Composition.Build(new RdApiOptions { WebRoot = temp.Path, CacheFile = temp["cache"] }, [new ListenPoint(new IPEndPoint(IPAddress.Loopback, 0))]);
        await app.StartAsync(TestContext.Current.CancellationToken);
        var server = new Uri(app.Urls.Single());
        Assert.StartsWith("HTTP/1.1 200 ", await RawConnection.GetAsync(server, "/rd/"));
        app.Services.GetRequiredService<Vitals>().ReportEnd("lookups");
        var answer = await RawConnection.GetAsync(server, "/rd/");
        Assert.StartsWith("HTTP/1.1 503 ", answer);
        Assert.Contains("\"ok\":false", answer);
        Assert.Contains("\"ended\":[\"lookups\"]", answer);
    }
}

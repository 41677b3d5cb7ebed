using System.Net;
using ReliableDownload.Api;
using ReliableDownload.Api.Hosting;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Trees;

/// <summary>A request that names files has to arrive in time.</summary>
public sealed class LateNamesTests
{
    [Fact]
    public async Task Names_that_stay_away_are_answered_with_408()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["root"]);
        var options = new RdApiOptions { WebRoot = folder["root"], CacheFile = folder["cache"], Limits = new Limits { RequestBody = TimeSpan.FromMilliseconds(50) } };
        await using var app = Composition.Build(options, [new ListenPoint(new IPEndPoint(IPAddress.Loopback, 0))]);
        await app.StartAsync(TestContext.Current.CancellationToken);
        await using var connection = await RawConnection.OpenAsync(new Uri(app.Urls.Single()));

        await connection.SendAsync("POST /rd/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nContent-Length: 100\r\n\r\n{\"path\":");

        var answer = "";
        while (!answer.Contains("took too long to arrive", StringComparison.Ordinal) && await connection.ReadSomeAsync() is { Length: > 0 } more)
            answer += more;
        Assert.StartsWith("HTTP/1.1 408 ", answer);
        Assert.Contains("took too long to arrive", answer, StringComparison.Ordinal);
    }
}

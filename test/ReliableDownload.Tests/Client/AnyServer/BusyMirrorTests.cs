using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Client;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.AnyServer;

/// <summary>Several mirrors have too much to do, each as it says.</summary>
public sealed class BusyMirrorTests
{
    [Theory]
    [InlineData("0")]
    [InlineData("Wed, 21 Oct 2015 07:28:00 GMT")]
    public async Task Where_all_ask_for_no_pause_they_get_one_and_are_given_up(string retryAfter)
    {
        await using var fixture = await PlainFixture.StartAsync();
        await using var other = await ScriptedServer.StartAsync(fixture.Server.Content);
        var asked = 0;
        fixture.Server.OnRange = other.OnRange = (context, _) =>
        {
            // So many that a test of a client that never gives up comes to an end.
            if (Interlocked.Increment(ref asked) > 1000)
                return Task.FromResult(false);
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.RetryAfter = retryAfter;
            return Task.FromResult(true);
        };
        using var text = new MemoryStream(Encoding.UTF8.GetBytes(
            $"<metalink><file name='a'><size>{PlainFixture.Size}</size><pieces length='{8 << 20}' type='sha-256'><hash>{Convert.ToHexString(SHA256.HashData(fixture.Server.Content))}</hash></pieces></file></metalink>"));
        var metalink = await Metalink.ReadAsync(text, TestContext.Current.CancellationToken);

        var result = await fixture.DownloadAsync(fixture.Options with { Description = metalink.Files[0], Mirrors = [other.Url], Connections = 1 });

        Assert.Equal(DownloadOutcome.Http, result.Outcome);
        Assert.InRange(asked, 7, 30);
    }
}

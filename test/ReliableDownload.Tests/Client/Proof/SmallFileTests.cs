using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using ReliableDownload.Client;
using ReliableDownload.Client.Proof;
using ReliableDownload.Client.Transfers;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.Proof;

/// <summary>How long lists of digests and Metalinks are waited for.</summary>
public sealed class SmallFileTests
{
    [Theory]
    [InlineData(true, "all of it")]
    [InlineData(false, null)]
    public async Task What_the_user_named_is_waited_for_as_long_as_it_comes(bool isNamed, string? read)
    {
        var clock = new FakeTimeProvider();
        var isLate = new TaskCompletionSource();
        await using var server = await ScriptedServer.StartAsync([1]);
        server.Beside["/slow"] = async context =>
        {
            await context.Response.WriteAsync("all ");
            await context.Response.Body.FlushAsync();
            await isLate.Task;
            await context.Response.WriteAsync("of it");
        };
        using var files = new SmallFile(new Session(server.Url, new DownloadOptions(), clock), isNamed);

        var text = files.ReadAsync(
            new Uri(server.Url, "/slow"),
            async (_, body, cancellationToken) =>
            {
                var first = new byte[4];
                await body.ReadExactlyAsync(first, cancellationToken);
                clock.Advance(TimeSpan.FromMinutes(30));
                isLate.SetResult();
                using var rest = new StreamReader(body);
                return "all " + await rest.ReadToEndAsync(cancellationToken);
            },
            TestContext.Current.CancellationToken);

        Assert.Equal(read, await text);
    }
}

using System.Net.Http.Headers;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Metadata;

/// <summary>A client that distrusts the digests that a server knows can have them calculated again.</summary>
public sealed class RenewalTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Wire.StreamMediaType)]
    [InlineData(Wire.ClassicMediaType)]
    public async Task A_request_with_no_cache_has_the_file_hashed_again_but_not_twice_in_a_minute(string form)
    {
        using var root = new TempFolder();
        SampleFile.Create(root["file"], 5_000_000);
        await SampleFile.SettledAsync(root["file"]);
        await using var server = await RdApiProcess.StartAsync(root.Path);
        await AskAsync(server, form, noCache: false);
        await server.AssertHashedAsync(root, "file", 3);
        for (var time = 0; time < 3; time++)
            await AskAsync(server, form, noCache: true);
        await server.AssertHashedAsync(root, "file", 3, 3);
    }

    [Fact]
    public async Task Digests_that_were_renewed_are_those_that_a_restart_finds()
    {
        using var root = new TempFolder();
        using var cache = new TempFolder();
        SampleFile.Create(root["file"], 5_000_000);
        await SampleFile.SettledAsync(root["file"]);
        foreach (var (noCache, blocks) in (IEnumerable<(bool, int[])>)[(false, [3]), (true, [3]), (false, [])])
        {
            await using var server = await RdApiProcess.StartAsync(root.Path, "--cache", cache["digests.db"]);
            await AskAsync(server, Wire.StreamMediaType, noCache);
            await server.AssertHashedAsync(root, "file", blocks);
            server.Process.Send(Signal.Terminate);
            Assert.Equal(0, await server.Process.WaitForExitAsync());
        }
    }

    private static async Task AskAsync(RdApiProcess server, string form, bool noCache)
    {
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, "/rd/file?digest=sha-1");
                request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(form));
                request.Headers.CacheControl = new CacheControlHeaderValue { NoCache = noCache };
                using var response = await server.Client.SendAsync(request, Cancellation);
                response.EnsureSuccessStatusCode();
                return !(await response.Content.ReadAsStringAsync(Cancellation)).Contains("\"pending\"", StringComparison.Ordinal);
            },
            "nothing was pending");
    }
}

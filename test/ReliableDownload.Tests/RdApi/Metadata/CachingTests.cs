using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Metadata;

/// <summary>What caches between rd-api and its clients are told.</summary>
public sealed class CachingTests : IDisposable
{
    private readonly TempFolder _root = new();
    private readonly TempFolder _keys = new();

    public CachingTests()
    {
        Directory.CreateDirectory(_root["folder"]);
        File.WriteAllText(_root["folder/file"], "some text");
        File.WriteAllBytes(_keys["key"], RandomNumberGenerator.GetBytes(32));
    }

    public void Dispose()
    {
        _root.Dispose();
        _keys.Dispose();
    }

    [Fact]
    public async Task Complete_metadata_may_be_kept_for_moments_and_that_of_a_named_version_for_a_day()
    {
        await using var server = await RdApiProcess.StartAsync(_root.Path);
        using var plain = await SettledAsync(server, "rd/folder/file");
        using var file = await server.Client.GetAsync("folder/file");
        using var named = await AskAsync(server, $"rd/folder/file?version={file.Headers.ETag!.Tag.Trim('"')}");
        using var known = await AskAsync(server, "rd/folder/file", plain.Headers.ETag);

        Assert.Equal("public, max-age=0, s-maxage=50, stale-while-revalidate=10", CacheControl(plain));
        Assert.Equal("public, max-age=86400, immutable", CacheControl(named));
        Assert.Equal(HttpStatusCode.NotModified, known.StatusCode);
        Assert.Equal(["Accept"], plain.Headers.Vary);
    }

    [Fact]
    public async Task Who_came_by_a_signed_link_shares_nothing_with_others()
    {
        await using var server = await RdApiProcess.StartAsync(_root.Path, "--key-file", _keys["key"]);
        await using var link = ProcessRunner.Start("rd-api", ["link", "--key-file", _keys["key"], "/folder/"]);
        Assert.Equal(0, await link.WaitForExitAsync());
        var query = link.Output.Text.Trim().Split('?')[1];

        using var signed = await SettledAsync(server, $"rd/folder/file?{query}");

        Assert.Equal("private, max-age=0, s-maxage=50, stale-while-revalidate=10", CacheControl(signed));
    }

    // As sent: the framework's text has them in an order of its own.
    private static string CacheControl(HttpResponseMessage response) => string.Join(", ", response.Headers.NonValidated["Cache-Control"]);

    private static async Task<HttpResponseMessage> SettledAsync(RdApiProcess server, string path)
    {
        HttpResponseMessage? response = null;
        await Eventually.IsTrueAsync(
            async () =>
            {
                response?.Dispose();
                response = await AskAsync(server, path);
                return response.Headers.ETag is not null;
            },
            "the file has settled and its digests are known");
        return response!;
    }

    private static Task<HttpResponseMessage> AskAsync(RdApiProcess server, string path, EntityTagHeaderValue? known = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("application/x-ndjson");
        if (known is not null)
            request.Headers.IfNoneMatch.Add(known);
        return server.Client.SendAsync(request);
    }
}

using System.Text.Json;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Monitoring;

public sealed class StatusTests : IDisposable
{
    private readonly TempFolder _root = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task An_operator_sees_who_downloads_what_and_how_far()
    {
        SampleFile.Create(_root["<b>big"], 32 << 20);
        await using var server = await RdApiProcess.StartAsync(_root.Path, "--metrics-listen", "127.0.0.1:0");
        await using var connection = await RawConnection.OpenAsync(server.BaseAddress, receiveBuffer: 64 << 10);
        await connection.SendAsync("GET /%3Cb%3Ebig?<i> HTTP/1.1\r\nHost: x\r\n\r\n");
        await connection.ReadAsync(1000);

        // The client has bytes before the server has counted them.
        var status = default(JsonElement);
        await Eventually.IsTrueAsync(
            async () => (status = await ReadAsync(server)).GetProperty("oldest_requests")[0].GetProperty("bytes_sent").GetInt64() is >= 1000 and < 33 << 20, "what is sent is counted");
        var request = Assert.Single(status.GetProperty("oldest_requests").EnumerateArray());
        Assert.Equal(1, status.GetProperty("requests").GetInt32());
        Assert.Equal("127.0.0.1", request.GetProperty("client").GetString());
        Assert.Equal("/%3Cb%3Ebig?<i>", request.GetProperty("target").GetString());
        Assert.Equal(32 << 20, request.GetProperty("bytes").GetInt64());

        using var page = await server.Client.GetAsync(await AddressAsync(server), Cancellation);
        var html = await page.Content.ReadAsStringAsync(Cancellation);
        Assert.Contains("GET /%3Cb%3Ebig?&lt;i&gt;</bdi></td>", html);
        Assert.Contains("<td class=\"number\">32.0 MiB</td>", html);
        Assert.StartsWith("default-src 'none'; style-src 'sha256-", page.Headers.GetValues("Content-Security-Policy").Single());
    }

    [Fact]
    public async Task Over_TLS_too()
    {
        SampleFile.Create(_root["big"], 64 << 20);
        using var files = new TempFolder();
        await using var server = await RdApiProcess.StartTlsAsync(files, _root.Path, "--metrics-listen", "127.0.0.1:0");
        using var client = server.TrustingClient();
        using var answer = await client.GetAsync("big", HttpCompletionOption.ResponseHeadersRead, Cancellation);
        await using var body = await answer.Content.ReadAsStreamAsync(Cancellation);
        await body.ReadExactlyAsync(new byte[1 << 20], Cancellation);
        await Eventually.IsTrueAsync(
            async () => (await ReadAsync(server)).GetProperty("oldest_requests")[0].GetProperty("bytes_sent").GetInt64() is >= 1 << 20 and <= 64 << 20, "what is sent is counted");
    }

    [Fact]
    public async Task What_is_being_hashed_and_what_went_wrong_is_shown()
    {
        using (var file = File.Create(_root["growing"]))
            file.SetLength(10 << 20);
        await using var server = await RdApiProcess.StartAsync(_root.Path, "--metrics-listen", "127.0.0.1:0", "--access-log", "/dev/full");
        await server.Client.ClassicAsync("growing");
        var status = default(JsonElement);
        await Eventually.IsTrueAsync(async () => (status = await ReadAsync(server)).GetProperty("problems").GetArrayLength() > 0, "the warning is shown");
        Assert.Contains("the access log /dev/full cannot be written", status.GetProperty("problems")[0].GetProperty("text").GetString());
        Assert.Equal(1, status.GetProperty("digests_from_hashing").GetInt64());
        Assert.True(status.GetProperty("cache_bytes").GetInt64() > 0);
        Assert.True(status.GetProperty("healthy").GetBoolean());
        Assert.Contains("cannot be written", await server.Client.GetStringAsync(await AddressAsync(server), Cancellation));
    }

    private static async Task<JsonElement> ReadAsync(RdApiProcess server) =>
        JsonElement.Parse(await server.Client.GetStringAsync(new Uri($"{await AddressAsync(server)}?json"), Cancellation));

    private static async Task<Uri> AddressAsync(RdApiProcess server) =>
        new((await server.Process.Error.WaitForAsync("status at ")).Split("status at ")[1]);
}

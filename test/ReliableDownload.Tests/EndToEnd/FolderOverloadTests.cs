using ReliableDownload.Client;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>A folder of a real rd-api behind a real nginx that lets few requests through.</summary>
public sealed class FolderOverloadTests
{
    [Fact]
    public async Task A_large_file_whose_digests_cannot_be_told_just_now_is_waited_for()
    {
        using var served = new TempFolder();
        using var folder = new TempFolder();
        Directory.CreateDirectory(served["data"]);
        foreach (var name in (string[])["a", "b"])
            await File.WriteAllBytesAsync(served[$"data/{name}"], ScriptedServer.RandomBytes(300_000, seed: name[0]), TestContext.Current.CancellationToken);
        await using var server = await RdApiProcess.StartAsync(served.Path, "--block-size", "64K");
        // One request in two seconds for the digests of a file; 503 for more.
        await using var nginx = await WebServer.NginxAsync(
            $"location / {{ proxy_pass {server.BaseAddress}; }} location ~ ^/rd/data/. {{ limit_req zone=digests; proxy_pass {server.BaseAddress.GetLeftPart(UriPartial.Authority)}; }}",
            "limit_req_zone $server_name zone=digests:32k rate=30r/m;");
        await using var line = Relay.To(nginx.EndPoint, static _ => RelayScript.Clean);

        var result = await new Downloader(ScriptedTree.Impatient).DownloadTreeAsync(
            line.Through(new Uri("http://127.0.0.1/data/")), folder["data"], cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal((DownloadOutcome.Complete, 2, ""), (result.Outcome, result.Fetched, result.Message));
    }
}

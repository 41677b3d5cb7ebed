using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>Servers that close the connection for each path that they do not know, as many do.</summary>
public sealed class ClosedPathTests
{
    [Theory]
    [InlineData("location /files/ { } location / { return 444; }")]
    [InlineData("location = /files/file { } location / { return 444; }")]
    public async Task The_file_arrives_although_the_server_closes_where_digests_could_be(string locations)
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["root/files"]);
        var content = SampleFile.Create(folder["root/files/file"], 3_000_000);
        await using var server = await WebServer.NginxAsync($"root {folder["root"]}; {locations}");
        await using var line = Relay.To(server.EndPoint, _ => RelayScript.Clean);
        var end = await RdProcess.RunAsync(folder, $"{line.Through(new Uri("http://127.0.0.1:1/files/file"))}");
        Assert.True(end.ExitCode == 13, end.Error);
        Assert.Equal(content, await File.ReadAllBytesAsync(folder["file"], TestContext.Current.CancellationToken));
        Assert.Contains("no digests at", end.Error, StringComparison.Ordinal);
    }
}

using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.RealClients;

/// <summary>Programs that fetch one file: from where they stopped, or over several connections.</summary>
public sealed class ResumeTests(ServedFolder folder) : IClassFixture<ServedFolder>
{
    private const int Size = 3_000_000;

    [Theory]
    [InlineData("curl --silent --show-error --continue-at - --output file URL")]
    [InlineData("wget --no-verbose --continue URL")]
    [InlineData("wget2 --no-verbose --continue URL")]
    [InlineData("aria2c --no-conf --quiet --continue --allow-overwrite URL")]
    public async Task A_download_goes_on_where_it_stopped(string command)
    {
        using var temp = new TempFolder();
        var (content, url) = await ServeAsync();
        await File.WriteAllBytesAsync(temp["file"], content[..(Size / 3)], TestContext.Current.CancellationToken);
        await Tool.RunAsync(temp.Path, command.Replace("URL", url).Split(' '));
        Assert.Equal(content, await File.ReadAllBytesAsync(temp["file"], TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("axel --quiet --num-connections=4 --output=file URL")]
    [InlineData("aria2c --no-conf --quiet --max-connection-per-server=4 --split=4 --min-split-size=1M URL")]
    [InlineData("curl --silent --show-error --parallel --range 0-2999999 --output file URL")]
    public async Task Several_connections_make_one_file(string command)
    {
        using var temp = new TempFolder();
        var (content, url) = await ServeAsync();
        await Tool.RunAsync(temp.Path, command.Replace("URL", url).Split(' '));
        Assert.Equal(content, await File.ReadAllBytesAsync(temp["file"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Curl_gets_several_ranges()
    {
        using var temp = new TempFolder();
        var (content, url) = await ServeAsync();
        await Tool.RunAsync(temp.Path, "curl", "--silent", "--show-error", "--range", "0-9,100-109", "--output", "parts", url);
        var parts = await File.ReadAllBytesAsync(temp["parts"], TestContext.Current.CancellationToken);
        Assert.True(parts.AsSpan().IndexOf(content.AsSpan(0, 10)) > 0);
        Assert.True(parts.AsSpan().IndexOf(content.AsSpan(100, 10)) > 0);
        Assert.InRange(parts.Length, 20, 500);
    }

    private async Task<(byte[] Content, string Url)> ServeAsync()
    {
        var content = ScriptedServer.RandomBytes(Size);
        var name = $"{Guid.NewGuid():N}/file";
        Directory.CreateDirectory(Path.GetDirectoryName(folder[name])!);
        await File.WriteAllBytesAsync(folder[name], content);
        return (content, $"{new Uri(folder.Server.BaseAddress, name)}");
    }
}

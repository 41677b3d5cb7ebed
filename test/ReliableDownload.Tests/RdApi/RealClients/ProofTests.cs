using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.RealClients;

/// <summary>Programs that prove what they fetch by the server's Metalink, over a line that changes bytes.</summary>
public sealed class ProofTests
{
    private const int Size = 9_000_000;

    // Byte of the connection that is changed: far behind the Metalink itself.
    private const int Changed = 300_000;

    [Fact]
    public async Task Aria2_ends_with_the_right_file()
    {
        using var temp = new TempFolder();
        var content = Serve(temp);
        await using var server = await RdApiProcess.StartAsync(temp["root"]);
        await using var line = Relay.To(server.BaseAddress, number => number < 3 ? new RelayScript { CorruptAt = Changed } : RelayScript.Clean);
        await Tool.RunAsync(temp.Path, "aria2c", "--no-conf", "--quiet", "--dir=.", "--max-tries=0", $"{line.Through(server.BaseAddress)}file?meta4");
        await AssertIsAsync(temp, content, line);
    }

    // As its proxy, since this version of wget2 fetches what a Metalink names only from port 80.
    [Fact]
    public async Task Wget2_ends_with_the_right_file()
    {
        using var temp = new TempFolder();
        var content = Serve(temp);
        await using var server = await RdApiProcess.StartAsync(temp["root"]);
        await server.Client.GetStringAsync("file?sha256", TestContext.Current.CancellationToken);
        await using var line = Relay.To(server.BaseAddress, number => number is 1 or 2 ? new RelayScript { CorruptAt = Changed } : RelayScript.Clean);
        await Tool.RunAsync(
            temp.Path, "env", $"http_proxy={line.Through(server.BaseAddress)}", "wget2", "--no-verbose", "http://files.example/file?meta4");
        await AssertIsAsync(temp, content, line);
    }

    private static byte[] Serve(TempFolder temp)
    {
        Directory.CreateDirectory(temp["root"]);
        return SampleFile.Create(temp["root/file"], Size);
    }

    private static async Task AssertIsAsync(TempFolder temp, byte[] content, Relay line)
    {
        Assert.Equal(content, await File.ReadAllBytesAsync(temp["file"], TestContext.Current.CancellationToken));
        // More than the file, as pieces came again.
        Assert.InRange(line.Bytes, Size + (2 << 20), 4 * Size);
    }
}

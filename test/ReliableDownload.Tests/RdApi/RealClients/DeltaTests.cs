using System.Text.RegularExpressions;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.RealClients;

/// <summary>Programs that fetch only what they do not have yet.</summary>
public sealed class DeltaTests
{
    [Fact]
    public async Task Zsync_fetches_only_what_changed()
    {
        using var temp = new TempFolder();
        var content = await ServeAsync(temp);
        var old = content.ToArray();
        for (var place = 500_000; place < old.Length; place += 500_000)
            old[place] ^= 1;
        await File.WriteAllBytesAsync(temp["old"], old, TestContext.Current.CancellationToken);
        await Tool.RunAsync(temp["root"], "zsyncmake", "-u", "file", "-o", "file.zsync", "file");
        await using var server = await RdApiProcess.StartAsync(temp["root"]);

        var said = await Tool.RunAsync(temp.Path, "zsync", "-i", "old", "-o", "new", $"{server.BaseAddress}file.zsync");

        Assert.Equal(content, await File.ReadAllBytesAsync(temp["new"], TestContext.Current.CancellationToken));
        var fetched = Regex.Match(said, "(?<=fetched )[0-9]+", RegexOptions.None, TimeSpan.FromMinutes(1)).Value;
        Assert.InRange(int.Parse(fetched), 1, content.Length / 50);
    }

    [Fact]
    public async Task Casync_puts_a_file_together_from_served_chunks()
    {
        using var temp = new TempFolder();
        var content = await ServeAsync(temp);
        await Tool.RunAsync(temp["root"], "casync", "make", "--store=store.castr", "file.caibx", "file");
        await using var server = await RdApiProcess.StartAsync(temp["root"]);
        await Tool.RunAsync(temp.Path, "casync", "extract", $"--store={server.BaseAddress}store.castr", $"{server.BaseAddress}file.caibx", "new");
        Assert.Equal(content, await File.ReadAllBytesAsync(temp["new"], TestContext.Current.CancellationToken));
    }

    private static async Task<byte[]> ServeAsync(TempFolder temp)
    {
        var content = ScriptedServer.RandomBytes(3_000_000);
        Directory.CreateDirectory(temp["root"]);
        await File.WriteAllBytesAsync(temp["root/file"], content);
        return content;
    }
}

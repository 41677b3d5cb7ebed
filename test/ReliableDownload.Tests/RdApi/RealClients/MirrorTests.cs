using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.RealClients;

/// <summary>Programs that read listings, and fetch whole folders.</summary>
public sealed class MirrorTests
{
    private static readonly string[] Names = ["a b", "big", "sub/ü#?%", "sub/deep/empty"];

    [Theory]
    [InlineData("rclone copy --config /dev/null --http-url URL :http: copy")]
    [InlineData("lftp -c set net:max-retries 1; mirror URL copy")]
    [InlineData("wget --no-verbose --recursive --no-parent --no-host-directories --restrict-file-names=nocontrol --directory-prefix=copy URL")]
    [InlineData("wget2 --no-verbose --recursive --no-parent --no-host-directories --directory-prefix=copy URL")]
    public async Task A_folder_is_copied_with_all_below_it(string command)
    {
        using var temp = new TempFolder();
        foreach (var name in Names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(temp["root/" + name])!);
            await File.WriteAllTextAsync(temp["root/" + name], name, TestContext.Current.CancellationToken);
        }

        await using var server = await RdApiProcess.StartAsync(temp["root"]);
        var words = command.Split(' ', command.StartsWith("lftp", StringComparison.Ordinal) ? 3 : int.MaxValue);
        await Tool.RunAsync(temp.Path, Array.ConvertAll(words, word => word.Replace("URL", $"{server.BaseAddress}")));

        foreach (var name in Names)
            Assert.Equal(name, await File.ReadAllTextAsync(temp["copy/" + name], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Git_clones_over_plain_HTTP()
    {
        using var temp = new TempFolder();
        await Tool.RunAsync(temp.Path, "git", "init", "--quiet", "--bare", "root/repository.git");
        await Tool.RunAsync(temp.Path, "git", "clone", "--quiet", "root/repository.git", "work");
        await File.WriteAllTextAsync(temp["work/file"], "committed", TestContext.Current.CancellationToken);
        await Tool.RunAsync(temp["work"], "git", "add", "file");
        await Tool.RunAsync(temp["work"], "git", "-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "--quiet", "--message=one");
        await Tool.RunAsync(temp["work"], "git", "push", "--quiet", "origin", "HEAD");
        await Tool.RunAsync(temp["root/repository.git"], "git", "update-server-info");
        await using var server = await RdApiProcess.StartAsync(temp["root"]);
        await Tool.RunAsync(temp.Path, "git", "clone", "--quiet", $"{server.BaseAddress}repository.git", "clone");
        Assert.Equal("committed", await File.ReadAllTextAsync(temp["clone/file"], TestContext.Current.CancellationToken));
    }
}

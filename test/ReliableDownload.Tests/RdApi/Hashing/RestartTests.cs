using Microsoft.Data.Sqlite;
using ReliableDownload.Api.Cache;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Hashing;

/// <summary>What was calculated and stored is not calculated again.</summary>
public sealed class RestartTests
{
    private const int BlockCount = 1800;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Signal.Kill)]
    [InlineData(Signal.Terminate)]
    public async Task After_a_restart_in_the_middle_only_what_was_not_stored_is_hashed(Signal signal)
    {
        using var root = new TempFolder();
        using var cache = new TempFolder();
        SampleFile.CreateThin(root["file"], (long)BlockCount * BlockLayout.DefaultBlockSize);
        await SampleFile.SettledAsync(root["file"]);
        var stored = 0;
        // It may be done before this machine comes to stop it: then once more.
        await Eventually.IsTrueAsync(
            async () =>
            {
                foreach (var file in Directory.GetFiles(cache.Path))
                    File.Delete(file);
                await using var first = await RdApiProcess.StartAsync(root.Path, "--cache", cache["digests.db"], "--worker", "1");
                using var stream = await first.Client.AskForStreamAsync("file");
                await Eventually.IsTrueAsync(() => StoredBlocks(cache["digests.db"]) > 0, "some digests were stored");
                first.Process.Send(signal);
                Assert.Equal(signal == Signal.Kill ? 128 + (int)Signal.Kill : 0, await first.Process.WaitForExitAsync());
                stored = StoredBlocks(cache["digests.db"]);
                return stored < BlockCount;
            },
            "it was stopped in the middle");
        await using var second = await RdApiProcess.StartAsync(root.Path, "--cache", cache["digests.db"]);
        var lines = await second.Client.StreamAsync("file").ToListAsync(Cancellation);
        Assert.IsType<StreamLine.End>(lines[^1]);
        Assert.Equal(BlockCount * 32, MetadataClient.DigestsOf(lines, 32).Length);
        await second.AssertHashedAsync(root, "file", BlockCount - stored);
    }

    [Fact]
    public async Task A_file_that_is_known_whole_is_not_hashed_at_all_after_a_restart()
    {
        using var root = new TempFolder();
        using var cache = new TempFolder();
        SampleFile.Create(root["file"], 5_000_000);
        await SampleFile.SettledAsync(root["file"]);
        for (var start = 0; start < 2; start++)
        {
            await using var server = await RdApiProcess.StartAsync(root.Path, "--cache", cache["digests.db"]);
            await server.Client.StreamAsync("file").LastAsync(Cancellation);
            await server.AssertHashedAsync(root, "file", start == 0 ? [3] : []);
            server.Process.Send(Signal.Terminate);
            Assert.Equal(0, await server.Process.WaitForExitAsync());
        }
    }

    private static int StoredBlocks(string database)
    {
        if (!File.Exists(database))
            return 0;
        using var connection = new SqliteConnection($"Data Source={database};Pooling=False");
        connection.Open();
        var hasTables = connection.Number("SELECT count(*) FROM sqlite_schema WHERE name = 'run'") == 1;
        return hasTables ? (int)connection.Number("SELECT sum(length(digests)) / 32 FROM run") : 0;
    }
}

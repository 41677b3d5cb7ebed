using ReliableDownload.Api.Cache;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Hashing;

/// <summary>A digest cache that cannot be used never stops the server, and is mentioned once.</summary>
public sealed class AbsentStoreTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Redis_may_go_and_come_back_and_then_has_what_was_hashed_meanwhile()
    {
        await using var redis = await RedisServer.StartAsync();
        using var root = new TempFolder();
        foreach (var name in (string[])["before", "meanwhile", "meanwhile, too"])
            SampleFile.Create(root[name], 1000);
        await SampleFile.SettledAsync(root["meanwhile, too"]);
        await using var server = await RdApiProcess.StartAsync(root.Path, "--redis-host", "127.0.0.1", "--redis-port", $"{redis.Port}");
        await AssertAnsweredAsync(server, "before");
        await Eventually.IsTrueAsync(async () => await redis.AskAsync("dbsize") == "1", "Redis had the digests");

        await redis.StopAsync();
        await AssertAnsweredAsync(server, "meanwhile");
        await server.Process.Error.WaitForAsync("going on in memory");
        await AssertAnsweredAsync(server, "meanwhile%2C%20too");
        await AssertAnsweredAsync(server, "meanwhile");

        await redis.StartAgainAsync();
        await server.Process.Error.WaitForAsync("can be used again");
        // It came back empty.
        Assert.Equal("2", await redis.AskAsync("dbsize"));
        Assert.Single(server.Process.Error.Lines, line => line.Contains("going on in memory", StringComparison.Ordinal));
        Assert.Single(server.Process.Error.Lines, line => line.Contains("can be used again", StringComparison.Ordinal));
        await server.AssertHashedAsync(root, "meanwhile", 1);
    }

    [Fact]
    public async Task Redis_may_be_away_from_the_start()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.StopAsync();
        using var root = new TempFolder();
        SampleFile.Create(root["file"], 1000);
        await using var server = await RdApiProcess.StartAsync(root.Path, "--redis-host", "127.0.0.1", "--redis-port", $"{redis.Port}");
        await AssertAnsweredAsync(server, "file");
        await server.Process.Error.WaitForAsync("going on in memory");
    }

    [Fact]
    public async Task A_program_copied_without_its_SQLite_library_says_so_and_serves()
    {
        using var program = new TempFolder();
        // The program first: what another test is just starting may still have it open for writing.
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory).Where(IsOfRdApi).OrderByDescending(file => Path.GetFileName(file) == "rd-api"))
            File.Copy(file, program[Path.GetFileName(file)]);
        await using var server = ProcessRunner.Start(
            program["rd-api"], ["--host", "127.0.0.1", "--port", "0", "--web-root", program.Path, "--cache", program["digests.db"]]);

        await server.Error.WaitForAsync("serving ");
        await server.Error.WaitForAsync("e_sqlite3 is missing");
        server.Send(Signal.Terminate);
        Assert.Equal(0, await server.WaitForExitAsync());
        await server.Error.WaitForAsync("stopping");

        // Without its list of dependencies a program loads what lies beside it, and that alone.
        static bool IsOfRdApi(string path) => Path.GetFileName(path) is "rd-api" or "rd-api.runtimeconfig.json" || path.EndsWith(".dll", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cache_folder_that_cannot_be_written_is_mentioned_once()
    {
        using var root = new TempFolder();
        SampleFile.Create(root["file"], 1000);
        await SampleFile.SettledAsync(root["file"]);
        await using var server = await RdApiProcess.StartAsync(root.Path, "--cache", "/proc/rd-api/digests.db");
        await server.Process.Error.WaitForAsync("/proc/rd-api/digests.db");
        await AssertAnsweredAsync(server, "file");
        await AssertAnsweredAsync(server, "file");
        await server.AssertHashedAsync(root, "file", 1);
        Assert.Single(server.Process.Error.Lines, line => line.Contains("going on in memory", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_corrupt_cache_file_is_renamed_and_a_new_one_begun()
    {
        using var root = new TempFolder();
        using var cache = new TempFolder();
        SampleFile.Create(root["file"], 1000);
        await using (var store = new SqliteDigestStore(cache["digests.db"], TimeProvider.System, new RecordedLog()))
            await store.OpenAsync(Cancellation);
        using (var file = File.OpenWrite(cache["digests.db"]))
        {
            file.Position = 100;
            file.Write(new byte[file.Length - 100]);
        }

        await using var server = await RdApiProcess.StartAsync(root.Path, "--cache", cache["digests.db"]);
        Assert.Contains("digests.db.broken-", await server.Process.Error.WaitForAsync("is corrupt"), StringComparison.Ordinal);
        await AssertAnsweredAsync(server, "file");
    }

    [Fact]
    public async Task A_cache_option_that_names_a_file_of_somebody_else_is_an_error_at_the_start()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder["thesis.tex"], "\\documentclass{book}", Cancellation);
        await RdApiProcess.FailsAsync(1, $"{folder["thesis.tex"]} is not a digest cache and is left alone", "--port", "0", "--web-root", folder.Path, "--cache", folder["thesis.tex"]);
        Assert.Equal("\\documentclass{book}", await File.ReadAllTextAsync(folder["thesis.tex"], Cancellation));
    }

    [Fact]
    public async Task A_cache_option_that_names_a_folder_is_an_error_at_the_start()
    {
        using var folder = new TempFolder();
        await RdApiProcess.FailsAsync(
            1, $"{folder.Path} is a folder and is left alone: choose another file with --cache", "--port", "0", "--web-root", folder.Path, "--cache", folder.Path);
    }

    private static async Task AssertAnsweredAsync(RdApiProcess server, string target) =>
        Assert.IsType<StreamLine.End>(await server.Client.StreamAsync(target).LastAsync(Cancellation));
}

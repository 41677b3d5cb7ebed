using System.Text.Json;
using ReliableDownload.Client;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>rd -r from a real rd-api.</summary>
public sealed class FolderDownloadTests : IAsyncLifetime
{
    // Of data/large and data/larger; what is killed has taken some of the others.
    private const int Size = 2_900_000;

    private readonly TempFolder _served = new();
    private readonly TempFolder _folder = new();
    private RdApiProcess _server = null!;

    public async ValueTask InitializeAsync()
    {
        Write("data/a b/ü%.txt", 10);
        Write("data/many/zero", 0);
        for (var i = 0; i < 300; i++)
            Write($"data/many/{i % 7}/f{i}", i * 37);
        Write("data/block", 65536);
        Write("data/large", 300_000);
        Write("data/larger", 1_000_000);
        Directory.CreateDirectory(_served["data/empty"]);
        Write("beside", 5);
        _server = await RdApiProcess.StartAsync(_served.Path, "--block-size", "64K");
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _served.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_folder_comes_with_all_that_is_below_it()
    {
        var end = await RunAsync();

        Assert.Equal(0, end.ExitCode);
        Assert.Contains("data: 305 files, ", end.Error, StringComparison.Ordinal);
        Assert.Contains("(305 fetched)", end.Error, StringComparison.Ordinal);
        Assert.Contains("proven by SHA-256", end.Error, StringComparison.Ordinal);
        AssertSame();
        Assert.Equal(File.GetLastWriteTimeUtc(_served["data/larger"]), File.GetLastWriteTimeUtc(_folder["data/larger"]));
    }

    [Theory]
    [InlineData("data")]
    [InlineData("data/")]
    public async Task Without_r_a_folder_is_its_page_and_nothing_is_tried_again(string path)
    {
        var end = await RdProcess.RunAsync(_folder, "--json", "-O", "page", new Uri(_server.BaseAddress, path).AbsoluteUri);

        Assert.True(end.ExitCode == 13, end.Error);
        Assert.Contains("\"retries\":0", end.Output, StringComparison.Ordinal);
        Assert.StartsWith("<!DOCTYPE html>", File.ReadAllText(_folder["page"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folders_have_the_server_s_times_and_modes_after_every_run()
    {
        File.SetUnixFileMode(_served["data/many"], (UnixFileMode)0x1E8); // 0750
        File.SetUnixFileMode(_served["data/many/3"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.SetUnixFileMode(_served["data/empty"], (UnixFileMode)0x16D); // 0555
        foreach (var (name, year) in new[] { ("many/3", 2001), ("many", 2002), ("empty", 2003) })
            Directory.SetLastWriteTimeUtc(_served[$"data/{name}"], new DateTime(year, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        await AssertFoldersAsync("(305 fetched)");

        Write("data/many/new", 7);
        File.Delete(_served["data/many/4/f4"]);
        Directory.SetLastWriteTimeUtc(_served["data/many"], new DateTime(2011, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        await AssertFoldersAsync("(1 fetched, 304 kept, 1 deleted)", "--delete");

        async Task AssertFoldersAsync(string counts, params string[] arguments)
        {
            var end = await RunAsync(arguments);
            Assert.Contains(counts, end.Error, StringComparison.Ordinal);
            foreach (var (name, mode) in new[] { ("many", 0x1E8), ("many/3", 0x1C0), ("empty", 0x1ED) })
            {
                Assert.Equal(Directory.GetLastWriteTimeUtc(_served[$"data/{name}"]), Directory.GetLastWriteTimeUtc(_folder[$"data/{name}"]));
                // The owner can use it all the same.
                Assert.Equal((UnixFileMode)mode, File.GetUnixFileMode(_folder[$"data/{name}"]));
            }
        }
    }

    [Fact]
    public async Task The_same_command_fetches_only_what_changed()
    {
        await RunAsync();
        Write("data/many/3/f3", 500);
        Write("data/new", 7);
        using (var larger = File.OpenWrite(_served["data/larger"]))
            larger.WriteByte(1);

        var end = await RunAsync();

        Assert.Equal(0, end.ExitCode);
        Assert.Contains("(1 fetched, 2 replaced, 303 kept)", end.Error, StringComparison.Ordinal);
        AssertSame();
    }

    [Fact]
    public async Task A_run_that_is_killed_is_continued()
    {
        for (var i = 0; i < 5; i++)
        {
            await using var rd = RdProcess.Start(_folder, "-r", "--limit-rate", "500K", new Uri(_server.BaseAddress, "data/").AbsoluteUri);
            var wanted = 20 * i;
            await Eventually.IsTrueAsync(() => Count() > wanted, "some files have come");
            rd.Send(Signal.Kill);
            Assert.Equal(128 + (int)Signal.Kill, await rd.WaitForExitAsync());
        }

        var end = await RunAsync("--json");

        Assert.Equal(0, end.ExitCode);
        using var last = JsonDocument.Parse(end.Output.TrimEnd().Split('\n')[^1]);
        Assert.InRange(last.RootElement.GetProperty("bytes_fetched").GetInt64(), 1, Size - 1);
        AssertSame();
    }

    [Fact]
    public async Task A_large_file_that_changes_after_the_list_told_of_it_has_the_time_of_its_bytes()
    {
        // In front of the last one, which waits until they are there.
        for (var i = 0; i < 8; i++)
            Write($"data/big{i}", 500_000);
        await File.WriteAllBytesAsync(_served["new"], ScriptedServer.RandomBytes(1_000_000, seed: 99), TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(_served["new"], new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        await using var rd = RdProcess.Start(_folder, "-r", "--limit-rate", "1M", new Uri(_server.BaseAddress, "data/").AbsoluteUri);
        await Eventually.IsTrueAsync(() => Directory.Exists(_folder["data/.rd-tree/parts"]), "large files have begun");
        File.Move(_served["new"], _served["data/larger"], overwrite: true);

        Assert.Equal(0, await rd.WaitForExitAsync());

        AssertSame();
        Assert.Equal(File.GetLastWriteTimeUtc(_served["data/larger"]), File.GetLastWriteTimeUtc(_folder["data/larger"]));
    }

    [Fact]
    public async Task An_outage_in_the_middle_is_waited_out_and_next_to_nothing_is_fetched_twice()
    {
        var address = _server.BaseAddress.Authority;
        await using var rd = RdProcess.Start(_folder, "-r", "--json", "--limit-rate", "500K", new Uri(_server.BaseAddress, "data/").AbsoluteUri);
        await Eventually.IsTrueAsync(() => Count() > 20, "some files have come");
        await _server.DisposeAsync();
        await rd.Output.WaitForAsync("refused the connection");
        _server = await RdApiProcess.StartAsync(_served.Path, "--block-size", "64K", "--listen", address);

        var code = await rd.WaitForExitAsync();

        Assert.True(code == 0, rd.Error.Text);
        using var last = JsonDocument.Parse(rd.Output.Lines[^1]);
        var size = Directory.EnumerateFiles(_served["data"], "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
        // A file that had come in part is fetched again, at most one for each connection.
        Assert.InRange(last.RootElement.GetProperty("bytes_fetched").GetInt64(), size, size + (16 * 65536));
        AssertSame();
    }

    [Fact]
    public async Task An_outage_while_a_large_file_is_only_being_asked_for_is_waited_out_too()
    {
        Write("one/large", 300_000);
        // Made already, so that no connection is made before it is needed: the first one is for the list.
        Directory.CreateDirectory(_folder["one"]);
        var refused = 0;
        await using var relay = Relay.To(_server.BaseAddress, number => number > 0 && Interlocked.Increment(ref refused) <= 20 ? new RelayScript { CutAfter = 0 } : RelayScript.Clean);

        var result = await new Downloader(ScriptedTree.Impatient).DownloadTreeAsync(
            relay.Through(new Uri(_server.BaseAddress, "one/")), _folder["one"], cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal((DownloadOutcome.Complete, 1, ""), (result.Outcome, result.Fetched, result.Message));
        Assert.True(refused > 20);
    }

    [Fact]
    public async Task A_small_file_that_no_connection_lives_long_enough_for_comes_in_parts()
    {
        await using var server = await RdApiProcess.StartAsync(_served.Path);
        Write("slow/before", 100);
        Write("slow/file", 1_000_000);
        Write("slow/later", 200);
        await using var relay = Relay.To(server.BaseAddress, _ => new RelayScript { CutAfter = 400_000 });

        var end = await RdProcess.RunAsync(_folder, "-r", relay.Through(new Uri(server.BaseAddress, "slow/")).AbsoluteUri);

        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Equal(File.ReadAllBytes(_served["slow/file"]), File.ReadAllBytes(_folder["slow/file"]));
        Assert.Equal(_served.NamesBelow("slow"), _folder.NamesBelow("slow"));
    }

    [Theory]
    [InlineData("--include", "/block")]
    [InlineData("--exclude", "larger")]
    public async Task What_an_interrupted_run_has_fetched_is_there_after_one_that_wants_less(string option, string pattern)
    {
        await using (var rd = RdProcess.Start(_folder, "-r", "--limit-rate", "200K", "--include", "/larger", new Uri(_server.BaseAddress, "data/").AbsoluteUri))
        {
            await Eventually.IsTrueAsync(
                () => Directory.Exists(_folder["data/.rd-tree/parts"]) && Directory.EnumerateFiles(_folder["data/.rd-tree/parts"], "journal", SearchOption.AllDirectories).Any(file => new FileInfo(file).Length > 200),
                "some blocks are proven");
            rd.Send(Signal.Kill);
            await rd.WaitForExitAsync();
        }

        var less = await RunAsync(option, pattern);
        Assert.True(less.ExitCode == 0, less.Error);
        Assert.True(File.Exists(_folder["data/block"]));
        Assert.False(File.Exists(_folder["data/larger"]));

        var end = await RunAsync("--json", "--include", "/larger");

        Assert.True(end.ExitCode == 0, end.Error);
        using var last = JsonDocument.Parse(end.Output.TrimEnd().Split('\n')[^1]);
        Assert.InRange(last.RootElement.GetProperty("bytes_fetched").GetInt64(), 1, 999_999);
        Assert.False(Directory.Exists(_folder["data/.rd-tree"]));
    }

    [Fact]
    public async Task A_large_file_that_can_have_no_second_name_is_not_fetched_again_only_to_be_compared()
    {
        await using var disk = await FoldingDisk.StartAsync();
        Write("one/single", 300_000);
        string[] arguments = ["-r", "--json", "-O", disk["copy"], "--compare", "content", new Uri(_server.BaseAddress, "one/").AbsoluteUri];
        Assert.Equal(0, (await RdProcess.RunAsync(_folder, arguments)).ExitCode);

        var end = await RdProcess.RunAsync(_folder, arguments);

        Assert.True(end.ExitCode == 0, end.Error);
        using var last = JsonDocument.Parse(end.Output.TrimEnd().Split('\n')[^1]);
        Assert.Equal(0, last.RootElement.GetProperty("bytes_fetched").GetInt64());
        Assert.Equal(File.ReadAllBytes(_served["one/single"]), File.ReadAllBytes(disk["copy/single"]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_link_in_the_place_of_a_large_file_is_replaced_and_what_it_leads_to_stays(bool isFolder)
    {
        await RunAsync();
        if (isFolder)
        {
            File.Delete(_folder["data/large"]);
            Directory.CreateDirectory(_folder["elsewhere"]);
        }
        else
        {
            File.Move(_folder["data/large"], _folder["elsewhere"]);
        }

        File.CreateSymbolicLink(_folder["data/large"], _folder["elsewhere"]);

        var end = await RunAsync();

        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Null(new FileInfo(_folder["data/large"]).LinkTarget);
        AssertSame();
        Assert.Equal(isFolder, Directory.Exists(_folder["elsewhere"]));
        Assert.Equal(!isFolder, File.Exists(_folder["elsewhere"]));
    }

    [Fact]
    public async Task A_server_that_sends_everybody_to_another_URL_gives_small_files_there_too()
    {
        using var files = new TempFolder();
        using var authority = new TestAuthority(files);
        var (certificate, key) = authority.Sign("127.0.0.1");
        await using var server = await RdApiProcess.StartAsync(_served.Path, "--block-size", "64K", "--tls-cert", certificate, "--tls-key", key, "--redirect-http", "0");
        var plain = (await server.Process.Error.WaitForAsync("redirecting ")).Split("redirecting ")[1].Split(' ', '/')[2];

        var end = await RdProcess.RunAsync(_folder, "-r", "--cacert", authority.CertificateFile, $"http://{plain}/data/");

        Assert.True(end.ExitCode == 0, end.Error);
        AssertSame();
    }

    [Fact]
    public async Task A_copy_with_an_earlier_one_beside_it_fetches_only_what_changed()
    {
        // A young file has no digest that could say that it is the same.
        await SampleFile.SettledAsync(_served["data/larger"]);
        await RunAsync();
        await Eventually.IsTrueAsync(AreDigestsToldAsync, "the digests of all small files are in the list");
        Directory.Move(_folder["data"], _folder["yesterday"]);
        Directory.CreateSymbolicLink(_folder["latest"], "yesterday");
        Write("data/many/3/f3", 500);

        var end = await RunAsync("--link-dest", _folder["latest"]);

        Assert.Equal(0, end.ExitCode);
        Assert.Contains("data: 305 files, ", end.Error, StringComparison.Ordinal);
        Assert.Contains("(1 fetched, 304 linked)", end.Error, StringComparison.Ordinal);
        AssertSame();
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("file")]
    public async Task An_earlier_copy_that_is_not_there_is_told_and_nothing_is_done(string name)
    {
        File.WriteAllText(_folder["file"], "");

        var end = await RunAsync("--link-dest", _folder[name]);

        Assert.Equal(3, end.ExitCode);
        Assert.Contains($"there is no folder '{_folder[name]}' to link from", end.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["data"]));
    }

    [Fact]
    public async Task A_dry_run_into_a_link_says_what_the_real_one_would()
    {
        Directory.CreateDirectory(_folder["elsewhere"]);
        Directory.CreateSymbolicLink(_folder["data"], "elsewhere");

        var (plan, end) = (await RunAsync("--dry-run"), await RunAsync());

        Assert.Equal((3, 3), (plan.ExitCode, end.ExitCode));
        Assert.StartsWith($"rd: data: '{_folder["data"]}' is a symbolic link or no folder", plan.Error, StringComparison.Ordinal);
        Assert.Equal(end.Error.Split(" (")[0], plan.Error.Split(" (")[0]);
    }

    [Fact]
    public async Task Without_the_option_a_folder_is_refused_with_its_name()
    {
        var end = await RdProcess.RunAsync(_folder, new Uri(_server.BaseAddress, "data/").AbsoluteUri);

        Assert.Equal(2, end.ExitCode);
        Assert.Contains("with -r.", end.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_number_after_the_option_is_the_number_of_attempts()
    {
        var end = await RdProcess.RunAsync(_folder, "-r", "3", new Uri(_server.BaseAddress, "beside").AbsoluteUri);

        Assert.Equal(0, end.ExitCode);
        Assert.True(File.Exists(_folder["beside"]));
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_told()
    {
        var end = await RdProcess.RunAsync(_folder, "-r", new Uri(_server.BaseAddress, "nothing/").AbsoluteUri);

        Assert.Equal(8, end.ExitCode);
        Assert.Contains("404", end.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["nothing"]));
    }

    // They are stored in the background.
    private async Task<bool> AreDigestsToldAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/rd/data/");
        request.Headers.Accept.ParseAdd("application/x-ndjson");
        using var response = await _server.Client.SendAsync(request);
        var files = (await response.Content.ReadAsStringAsync()).Split('\n').Where(line => line.Contains("\"file\"", StringComparison.Ordinal) && !line.Contains("\"large", StringComparison.Ordinal)).ToList();
        return files.Count == 303 && files.TrueForAll(static line => line.Contains("\"digest\"", StringComparison.Ordinal));
    }

    private Task<RdEnd> RunAsync(params string[] arguments) => RdProcess.RunAsync(_folder, ["-r", new Uri(_server.BaseAddress, "data/").AbsoluteUri, .. arguments]);

    // Files are renamed meanwhile.
    private int Count()
    {
        try
        {
            return Directory.EnumerateFiles(_folder["data"], "*", SearchOption.AllDirectories).Count();
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private void Write(string name, int length)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_served[name])!);
        File.WriteAllBytes(_served[name], ScriptedServer.RandomBytes(length, name.Length + length));
    }

    private void AssertSame()
    {
        Assert.Equal(_served.NamesBelow("data"), _folder.NamesBelow("data"));
        foreach (var file in Directory.EnumerateFiles(_served["data"], "*", SearchOption.AllDirectories))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(_folder["data"], Path.GetRelativePath(_served["data"], file))));
    }
}

using ReliableDownload.Client;
using ReliableDownload.Client.Disk;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.Disk;

/// <summary>Links, pipes, devices and folders where rd has its files, made before or during a download.</summary>
public sealed class HostileFolderTests
{
    private const int Size = (20 * ClientFixture.BlockSize) + 5;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("data")]
    [InlineData("journal")]
    [InlineData("journal.new")]
    [InlineData("lock")]
    [InlineData("owner")]
    public async Task A_link_in_the_download_s_folder_leads_nowhere(string name)
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        using var outside = new TempFolder();
        await File.WriteAllTextAsync(outside["precious"], "precious", Cancel);
        Directory.CreateDirectory(Path.Combine(fixture.Blocks, "file.bin"));
        File.CreateSymbolicLink(Path.Combine(fixture.Blocks, "file.bin", name), outside["precious"]);

        var result = await fixture.DownloadAsync();

        fixture.AssertComplete(result);
        Assert.Equal("precious", await File.ReadAllTextAsync(outside["precious"], Cancel));
        Assert.Null(new FileInfo(fixture.Target).LinkTarget);
    }

    [Theory]
    [InlineData("probe", false)]
    [InlineData("manifest", true)]
    public async Task Nor_does_one_that_is_met_later(string name, bool keep)
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        using var outside = new TempFolder();
        await File.WriteAllTextAsync(outside["precious"], "precious", Cancel);
        Directory.CreateDirectory(Path.Combine(fixture.Blocks, "file.bin"));
        File.CreateSymbolicLink(Path.Combine(fixture.Blocks, "file.bin", name), outside["precious"]);

        var result = await fixture.DownloadAsync(fixture.Options with { KeepBlocks = keep, RollingCombine = !keep });

        Assert.Equal("", result.Message);
        fixture.AssertTargetIsRight();
        Assert.Equal("precious", await File.ReadAllTextAsync(outside["precious"], Cancel));
    }

    [Fact]
    public async Task A_link_in_place_of_the_part_file_beside_the_target_is_not_written_through()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        using var disk = new SmallDisk(2 * Size);
        using var outside = new TempFolder();
        await File.WriteAllTextAsync(outside["precious"], "precious", Cancel);
        File.CreateSymbolicLink(fixture.Folder[".file.bin.rd-part"], outside["precious"]);

        var result = await fixture.DownloadAsync(fixture.Options with { TemporaryDirectory = disk.Path, RollingCombine = true });

        Assert.Equal(DownloadOutcome.LocalFile, result.Outcome);
        Assert.Contains(".rd-part", result.Message, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(outside["precious"], Cancel));
    }

    [Theory]
    [InlineData("file.bin", "data")]
    [InlineData("", "data")]
    public async Task What_another_user_made_is_not_written_into(string folder, string file)
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        var path = Path.Combine(fixture.Blocks, "file.bin", file);
        Directory.CreateDirectory(Path.Combine(fixture.Blocks, "file.bin"));
        if (file.Length > 0)
            await File.WriteAllBytesAsync(path, [], Cancel);
        await using var his = file.Length > 0 ? new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete) : null;
        await SpecialFiles.GiveAwayAsync(folder.Length > 0 ? Path.Combine(fixture.Blocks, folder) : path);

        var result = await fixture.DownloadAsync();
        his?.Write([1, 2, 3]);
        his?.Flush();

        Assert.Equal((DownloadOutcome.Complete, ""), (result.Outcome, result.Message));
        fixture.AssertTargetIsRight();
    }

    [Fact]
    public async Task A_link_of_another_user_in_the_folder_s_place_is_not_followed()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        using var outside = new TempFolder();
        Directory.CreateDirectory(fixture.Blocks);
        File.CreateSymbolicLink(Path.Combine(fixture.Blocks, "file.bin"), outside.Path);
        await SpecialFiles.GiveAwayAsync(Path.Combine(fixture.Blocks, "file.bin"));

        var result = await fixture.DownloadAsync(fixture.Options with { KeepBlocks = true });

        Assert.Equal((DownloadOutcome.Complete, ""), (result.Outcome, result.Message));
        Assert.Empty(Directory.EnumerateFileSystemEntries(outside.Path));
    }

    [Fact]
    public async Task A_part_file_of_another_user_beside_the_target_is_refused()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        using var disk = new SmallDisk(2 * Size);
        await File.WriteAllBytesAsync(fixture.Folder[".file.bin.rd-part"], [], Cancel);
        await SpecialFiles.GiveAwayAsync(fixture.Folder[".file.bin.rd-part"]);

        var result = await fixture.DownloadAsync(fixture.Options with { TemporaryDirectory = disk.Path, RollingCombine = true });

        Assert.Equal(DownloadOutcome.LocalFile, result.Outcome);
        Assert.Contains(".rd-part' belongs to another user", result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("data")]
    [InlineData("journal")]
    [InlineData("lock")]
    public async Task A_pipe_in_the_download_s_folder_makes_nobody_wait(string name)
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        Directory.CreateDirectory(Path.Combine(fixture.Blocks, "file.bin"));
        SpecialFiles.CreateFifo(Path.Combine(fixture.Blocks, "file.bin", name));

        fixture.AssertComplete(await fixture.DownloadAsync().WaitAsync(ProcessRunner.Limit, Cancel));
    }

    [Fact]
    public async Task A_folder_in_a_file_s_place_is_a_clear_error()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        Directory.CreateDirectory(fixture.Part);

        var result = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.LocalFile, result.Outcome);
        Assert.Contains($"'{fixture.Part}' is a folder", result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_pipe_in_the_target_s_place_is_neither_read_nor_replaced(bool overwrite)
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        SpecialFiles.CreateFifo(fixture.Target);

        var result = await fixture.DownloadAsync(fixture.Options with { Overwrite = overwrite }).WaitAsync(ProcessRunner.Limit, Cancel);

        Assert.Equal(DownloadOutcome.LocalFile, result.Outcome);
        Assert.Contains("pipe", result.Message, StringComparison.Ordinal);
        Assert.Equal(0, fixture.Server.RangeRequests);
    }

    [Fact]
    public async Task A_link_that_leads_nowhere_is_a_target_that_exists()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        File.CreateSymbolicLink(fixture.Target, fixture.Folder["nothing"]);

        var refused = await fixture.DownloadAsync();
        Assert.NotNull(new FileInfo(fixture.Target).LinkTarget);
        var forced = await fixture.DownloadAsync(fixture.Options with { Overwrite = true });

        Assert.Equal(DownloadOutcome.TargetExists, refused.Outcome);
        fixture.AssertComplete(forced);
    }

    [Fact]
    public async Task One_that_appears_during_the_download_is_left_alone()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnRange = (_, number) =>
        {
            if (number == 1)
                File.CreateSymbolicLink(fixture.Target, fixture.Folder["nothing"]);
            return Task.FromResult(false);
        };

        var result = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.TargetExists, result.Outcome);
        Assert.NotNull(new FileInfo(fixture.Target).LinkTarget);
    }

    [Fact]
    public async Task Temp_and_output_folder_may_be_one()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);

        fixture.AssertComplete(await fixture.DownloadAsync(fixture.Options with { TemporaryDirectory = fixture.Folder.Path }));
    }

    [Theory]
    [InlineData(".blocks", "")]
    [InlineData("file.bin", "file.bin/below")]
    public async Task A_target_in_the_place_of_the_temp_folder_is_said_before_anything_is_fetched(string name, string temporary)
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        var options = temporary.Length > 0 ? fixture.Options with { TemporaryDirectory = fixture.Folder[temporary] } : fixture.Options;

        var result = await new Downloader(options).DownloadAsync(fixture.Server.Url, fixture.Folder[name], cancellationToken: Cancel);

        Assert.Equal(DownloadOutcome.LocalFile, result.Outcome);
        Assert.Contains("is a folder", result.Message, StringComparison.Ordinal);
        Assert.Equal(0, fixture.Server.RangeRequests);
    }

    [Fact]
    public async Task A_temp_folder_that_is_removed_on_the_way_ends_the_download_at_once()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnRange = async (context, number) =>
        {
            if (number < 1)
                return false;
            if (Directory.Exists(fixture.Blocks))
                Directory.Delete(fixture.Blocks, recursive: true);
            await ScriptedServer.SendRangeAsync(context, Size, fixture.Server.Slice(context));
            return true;
        };

        var result = await fixture.DownloadAsync(fixture.Options with { Connections = 1 });

        Assert.Equal(DownloadOutcome.LocalFile, result.Outcome);
        Assert.Contains($"'{fixture.Part}': it was removed", result.Message, StringComparison.Ordinal);
        Assert.True(fixture.Server.RangeRequests < 10, "it went on");
    }

    [Fact]
    public async Task A_name_that_has_to_be_marked_may_be_as_long_as_the_file_system_takes()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        var target = fixture.Folder[new string('n', 255)];

        var result = await new Downloader(fixture.Options with { TemporaryDirectory = fixture.Folder.Path }).DownloadAsync(fixture.Server.Url, target, cancellationToken: Cancel);

        Assert.Equal("", result.Message);
    }

    [Fact]
    public async Task A_journal_of_one_endless_line_is_not_read_into_memory()
    {
        using var folder = new TempFolder();
        await using (var file = new FileStream(folder["journal"], FileMode.CreateNew))
        {
            await file.WriteAsync("rd-journal 1\ntarget "u8.ToArray(), Cancel);
            file.SetLength(64 << 20);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Null(Journal.Read(folder["journal"]).Ranges);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }
}

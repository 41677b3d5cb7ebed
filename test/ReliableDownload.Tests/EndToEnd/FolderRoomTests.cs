using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>rd -r on a disk that has no room for the folder twice: what is there already needs none.</summary>
public sealed class FolderRoomTests : IAsyncLifetime
{
    private const int Size = 6 << 20;

    private readonly TempFolder _served = new();
    private readonly TempFolder _folder = new();
    private readonly SmallDisk _disk = new(Size + (2 << 20));
    private RdApiProcess _server = null!;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_served["data"]);
        await File.WriteAllBytesAsync(_served["data/large"], ScriptedServer.RandomBytes(Size));
        await File.WriteAllBytesAsync(_served["data/small"], ScriptedServer.RandomBytes(1000));
        _server = await RdApiProcess.StartAsync(_served.Path, "--block-size", "64K");
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _disk.Dispose();
        _folder.Dispose();
        _served.Dispose();
    }

    [Theory]
    [InlineData("--no-mtime")]
    [InlineData("--compare", "content")]
    public async Task A_second_run_that_compares_bytes_needs_no_room(params string[] options)
    {
        await DownloadAsync();
        await DownloadAsync(options);
    }

    [Fact]
    public async Task What_is_linked_from_an_earlier_copy_needs_no_room()
    {
        await DownloadAsync();
        Directory.Move(Path.Combine(_disk.Path, "data"), Path.Combine(_disk.Path, "earlier"));

        await DownloadAsync("--link-dest", Path.Combine(_disk.Path, "earlier"));
    }

    [Fact]
    public async Task A_file_that_is_there_in_part_needs_room_for_its_rest_alone()
    {
        var parts = Path.Combine(_disk.Path, "data/.rd-tree/parts");
        await using (var rd = RdProcess.Start(_folder, [.. Arguments, "--limit-rate", "1M"]))
        {
            await Eventually.IsTrueAsync(() => new DriveInfo(_disk.Path).AvailableFreeSpace < Size, "more of it is there than there is room");
            rd.Send(Signal.Kill);
            await rd.WaitForExitAsync();
        }

        Assert.NotEmpty(Directory.EnumerateDirectories(parts));
        await DownloadAsync();
    }

    private string[] Arguments => ["-r", "-o", _disk.Path, new Uri(_server.BaseAddress, "data/").AbsoluteUri];

    private async Task DownloadAsync(params string[] options)
    {
        var end = await RdProcess.RunAsync(_folder, [.. Arguments, .. options]);
        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Equal(await File.ReadAllBytesAsync(_served["data/large"]), await File.ReadAllBytesAsync(Path.Combine(_disk.Path, "data/large")));
    }
}

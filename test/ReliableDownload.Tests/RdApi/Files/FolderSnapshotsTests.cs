using ReliableDownload.Api.Files;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Files;

public sealed class FolderSnapshotsTests : IDisposable
{
    private readonly TempFolder _temp = new();
    private readonly PortableWebRoot _root;

    public FolderSnapshotsTests()
    {
        foreach (var name in (string[])["one", "two"])
        {
            Directory.CreateDirectory(_temp[name]);
            File.WriteAllText(_temp[$"{name}/file"], "");
            Directory.SetLastWriteTimeUtc(_temp[name], new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        }

        _root = new PortableWebRoot(_temp.Path, showHidden: false);
    }

    [Fact]
    public async Task Who_lists_a_folder_that_does_not_change_shares_its_names()
    {
        var snapshots = new FolderSnapshots(TimeProvider.System, maxSize: 1 << 20);
        using var first = await GetAsync(snapshots, "one");
        using var second = await GetAsync(snapshots, "one");
        using var other = await GetAsync(snapshots, "two");
        Assert.Same(first, second);
        Assert.NotSame(first, other);
    }

    [Fact]
    public async Task A_new_name_is_seen_while_others_still_read_the_old_names()
    {
        var snapshots = new FolderSnapshots(TimeProvider.System, maxSize: 1 << 20);
        using var before = await GetAsync(snapshots, "one");
        await File.WriteAllTextAsync(_temp["one/new"], "", TestContext.Current.CancellationToken);
        using var after = await GetAsync(snapshots, "one");
        Assert.Equal((1, 2), (before!.Names.Count, after!.Names.Count));
    }

    [Fact]
    public async Task While_listings_hold_all_memory_no_other_folder_is_read()
    {
        var snapshots = new FolderSnapshots(TimeProvider.System, maxSize: 1);
        var held = await GetAsync(snapshots, "one");
        Assert.Null(await GetAsync(snapshots, "two"));
        using (var shared = await GetAsync(snapshots, "one"))
            Assert.Same(held, shared);
        held!.Dispose();
        await File.WriteAllTextAsync(_temp["one/new"], "", TestContext.Current.CancellationToken);
        using var idle = await GetAsync(snapshots, "two");
        Assert.NotNull(idle);
    }

    public void Dispose() => _temp.Dispose();

    private async Task<FolderSnapshots.Snapshot?> GetAsync(FolderSnapshots snapshots, string name)
    {
        var path = new RequestPath(System.Text.Encoding.UTF8.GetBytes(name));
        using var folder = _root.OpenFolder(path);
        return await snapshots.GetAsync(path, folder!, TestContext.Current.CancellationToken);
    }
}

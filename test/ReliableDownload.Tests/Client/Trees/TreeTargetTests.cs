using System.Text;
using Microsoft.Win32.SafeHandles;
using ReliableDownload.Client;
using ReliableDownload.Client.Disk;
using ReliableDownload.Client.Trees;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.Trees;

/// <summary>What both ways to a tree on disk promise: that of Linux, and that of the other systems, which works here, too.</summary>
public sealed class TreeTargetTests : IDisposable
{
    private const long Time = 1_700_000_001_123_456_700;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_staged_file_gets_its_name_time_and_mode_and_takes_the_place_of_another(bool isPortable)
    {
        using (var target = Open(isPortable))
        {
            target.MakeFolder(Named("d"));
            for (var round = 0; round < 2; round++)
            {
                Stage(target, "0/x", $"round {round}");
                target.Flush(["0/x"]);
                target.Place("0/x", Named("d/f"), mayReplace: true);
                target.FlushNames([Named("d/f")], isLast: true);
            }

            var entry = target.Look(Named("d/f"));
            Assert.Equal((TreeEntryKind.File, 7, Time), (entry.Kind, entry.Size, entry.Modified));
            Assert.True(target.IsOfMode(entry, 0x1A0));
            Assert.Equal(["d"], target.Names(null).Select(name => name.Text));
            Assert.Equal(TreeEntryKind.Missing, target.Look(Named("d/g")).Kind);
            target.RemoveStaging(withAll: false);
        }

        Assert.Equal("round 1", File.ReadAllText(_folder["copy/d/f"]));
        Assert.Equal([_folder["copy/d"]], Directory.EnumerateFileSystemEntries(_folder["copy"]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Nothing_goes_through_a_link(bool isPortable)
    {
        Directory.CreateDirectory(_folder["canary"]);
        using var target = Open(isPortable);
        Directory.CreateSymbolicLink(_folder["copy/d"], _folder["canary"]);
        Stage(target, "0/x", "evil");

        Assert.Equal(TreeEntryKind.Blocked, target.Look(Named("d/f")).Kind);
        Assert.Equal(TreeEntryKind.Link, target.Look(Named("d")).Kind);
        Action[] acts = [() => target.MakeFolder(Named("d/e")), () => target.Place("0/x", Named("d/f"), mayReplace: true), () => target.Remove(Named("d/f"), isFolder: false)];
        foreach (var act in acts)
        {
            var failure = Assert.Throws<DownloadFailedException>(act);
            Assert.Equal(DownloadOutcome.LocalFile, failure.Outcome);
            Assert.Contains("'d/", failure.Message, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["canary"]));

        // It was for the link alone.
        Directory.Delete(_folder["copy/d"]);
        target.MakeFolder(Named("d"));
        foreach (var act in acts)
            act();
        Assert.Equal(["e"], _folder.NamesBelow("copy/d"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Two_do_not_work_in_one_folder(bool isPortable)
    {
        using var target = Open(isPortable);

        Assert.Equal(DownloadOutcome.InUse, Assert.Throws<DownloadFailedException>(() => Open(isPortable)).Outcome);
    }

    [Fact]
    public async Task A_lock_that_was_removed_while_it_was_waited_for_is_none()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere a file that is open keeps its name");
        var folder = Directory.CreateDirectory(_folder["copy/.rd-tree"]);
        var name = Path.Combine(folder.FullName, "lock");
        var first = Locked();
        var opening = Task.Run(() => Open(isPortable: false), TestContext.Current.CancellationToken);
        await Eventually.IsTrueAsync(() => opening.IsCompleted || IsOpenTwice(), "it has been opened");

        File.Delete(name);
        using var second = Locked();
        first.Dispose();

        Assert.Equal(DownloadOutcome.InUse, (await Assert.ThrowsAsync<DownloadFailedException>(() => opening)).Outcome);

        SafeFileHandle Locked()
        {
            var file = File.OpenHandle(name, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
            Assert.True(FileCalls.TryLock(file));
            return file;
        }

        bool IsOpenTwice() => Directory.EnumerateFiles("/proc/self/fd").Count(file => new FileInfo(file).LinkTarget == name) == 2;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_an_interrupted_run_staged_is_found_by_its_name(bool isPortable)
    {
        var name = StagedName.Of(3, Named("d/f"), System.Security.Cryptography.SHA256.HashData("bytes"u8));
        using (var target = Open(isPortable))
            Stage(target, name, "bytes");

        using var again = Open(isPortable);
        Assert.Equal([name], again.StagedNames());
        Assert.Equal(Named("d/f").Hash, StagedName.HashIn(name));
        using var staged = again.OpenStaged(name, out var entry);
        Assert.Equal((5, Time), (entry.Size, entry.Modified));
        Assert.True(StagedName.IsProven(name, staged!));
    }

    [Fact]
    public void Names_that_the_other_systems_take_for_one_are_found_by_case()
    {
        using var target = Open(isPortable: true);
        var claims = new NameClaims(target);
        (string Path, bool CanBe)[] names =
            [("A", true), ("A/x", true), ("B", true), ("a", false), ("b", false), ("c", true), ("c/B", true), ("c/\u00C9", true), ("c/\u00E9", false), ("c/d", true), ("c/d/b", true), ("c/e", true), ("d", true)];
        foreach (var (path, canBe) in names)
        {
            claims.Enter(Named(path));
            Assert.Equal((path, canBe), (path, claims.TryClaim(Named(path), new TreeEntry(TreeEntryKind.Missing))));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_came_under_a_name_meanwhile_is_not_replaced(bool isPortable)
    {
        using var target = Open(isPortable);
        File.WriteAllText(_folder["copy/f"], "somebody's");
        Stage(target, "0/x", "mine");

        Assert.False(target.Place("0/x", Named("f"), mayReplace: false));

        Assert.Equal("somebody's", File.ReadAllText(_folder["copy/f"]));
        Assert.True(target.Place("0/x", Named("g"), mayReplace: false));
        Assert.Equal("mine", File.ReadAllText(_folder["copy/g"]));
    }

    [Theory]
    [InlineData("2026-05-01T10:00:00Z", 1777629600_000000000)]
    [InlineData("2026-05-01T10:00:00.5Z", 1777629600_500000000)]
    [InlineData("2026-05-01T10:00:00.123456789Z", 1777629600_123456789)]
    [InlineData("2026-05-01T12:00:00.000000001+02:00", 1777629600_000000001)]
    [InlineData("1969-12-31T23:59:59.5Z", -500000000L)]
    [InlineData("yesterday", null)]
    [InlineData("2026-05-01T10:00:00", null)]
    [InlineData("9999-05-01T10:00:00Z", null)]
    public void A_time_keeps_its_nanoseconds(string text, long? nanoseconds) => Assert.Equal(nanoseconds, TreeTime.Parse(text));

    [Theory]
    [InlineData(TreeTime.Probe, 1)]
    [InlineData(1_700_000_001_123_456_700, 100)]
    [InlineData(1_700_000_001_000_000_000, 1_000_000_000)]
    [InlineData(1_700_000_000_000_000_000, 2_000_000_000)]
    [InlineData(5, 1)]
    public void The_unit_of_a_file_system_s_times_is_known_by_what_it_keeps(long kept, long unit) => Assert.Equal(unit, TreeTime.UnitOf(kept));

    private static TreePath Named(string path) => TreePath.Parse(Uri.EscapeDataString(path).Replace("%2F", "/"), out _)!;

    private static void Stage(ITreeTarget target, string name, string content)
    {
        using var file = target.Stage(name);
        foreach (var part in content.Chunk(3))
            target.Write(file, Encoding.UTF8.GetBytes(part));
        target.Finish(file, Time, 0x1A0); // 0640
    }

    private ITreeTarget Open(bool isPortable) => isPortable ? new PortableTreeTarget(_folder["copy"], isDryRun: false) : new LinuxTreeTarget(_folder["copy"], isDryRun: false);
}

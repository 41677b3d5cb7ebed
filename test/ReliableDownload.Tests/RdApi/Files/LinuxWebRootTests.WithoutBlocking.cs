using ReliableDownload.Api.Files;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Files;

/// <summary>What is opened without a look before it.</summary>
public sealed partial class LinuxWebRootTests
{
    [Fact]
    public void A_file_that_was_opened_once_is_opened_at_once_and_as_it_is_now()
    {
        var root = OpenLocal();
        Assert.Null(root.OpenFileWithoutBlocking(Path("file")));
        root.OpenFile(Path("file"))!.Dispose();
        File.WriteAllText(InRoot("file"), "changed");
        using var file = root.OpenFileWithoutBlocking(Path("file"));
        Assert.Equal(root.Identify(Path("file")), file!.Identity);
        Assert.Equal(7, file.Identity.Size);
    }

    [Fact]
    public void A_root_that_was_not_looked_at_lately_is_not_looked_at_by_who_must_not_wait()
    {
        var root = OpenLocal();
        root.OpenFile(Path("file"))!.Dispose();
        root.OpenFileWithoutBlocking(Path("file"))!.Dispose();
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Null(root.OpenFileWithoutBlocking(Path("file")));
        Assert.NotNull(root.Identify(Path("file")));
        root.OpenFileWithoutBlocking(Path("file"))!.Dispose();
    }

    public static TheoryData<string> Replacements() => ["nothing", "folder", "fifo", "device", "link to the outside", "folder that is a link to the outside"];

    [Theory]
    [MemberData(nameof(Replacements))]
    public void What_takes_a_files_place_and_is_none_is_not_opened(string replacement)
    {
        var root = OpenLocal();
        root.OpenFile(Path("folder/leaf"))!.Dispose();
        root.OpenFileWithoutBlocking(Path("folder/leaf"))!.Dispose();
        var path = InRoot("folder/leaf");
        File.Delete(path);
        switch (replacement)
        {
            case "folder":
                Directory.CreateDirectory(path);
                break;
            case "fifo":
                SpecialFiles.CreateFifo(path);
                break;
            case "device":
                Assert.SkipUnless(SpecialFiles.TryCreateNullDevice(path), "only root can make a device");
                break;
            case "link to the outside":
                File.CreateSymbolicLink(path, "/etc/passwd");
                break;
            case "folder that is a link to the outside":
                Directory.Move(InRoot("folder"), System.IO.Path.Combine(RootPath, "..", "outside"));
                File.WriteAllText(System.IO.Path.Combine(RootPath, "..", "outside", "leaf"), "leaf");
                Directory.CreateSymbolicLink(InRoot("folder"), "../outside");
                break;
        }

        Assert.Null(root.OpenFileWithoutBlocking(Path("folder/leaf")));
        Assert.Null(root.OpenFileWithoutBlocking(Path("folder/leaf")));
        Assert.Null(root.OpenFile(Path("folder/leaf")));
    }

    private IWebRoot OpenLocal()
    {
        var isLocal = new DriveInfo(RootPath).DriveType is DriveType.Fixed or DriveType.Ram;
        Assert.SkipUnless(isLocal, "this file system may have to wait for a network");
        return Root;
    }
}

using Microsoft.Extensions.Time.Testing;
using ReliableDownload.Api.Files;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Files;

public sealed partial class LinuxWebRootTests : WebRootContract
{
    // Stands still, so that a slow machine does not make a look at the root too old.
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());

    [Fact]
    public void Names_that_are_no_text_are_listed_and_opened()
    {
        using var raw = new RawFile(InRoot("folder"), [0xff, 0xfe]);
        Assert.Contains("\u00ff\u00fe", Names("folder"));
        using var file = Root.OpenFile(Path("folder").Child([0xff, 0xfe]));
        Assert.Equal(0, file!.Identity.Size);
    }

    [Fact]
    public void A_device_is_no_file()
    {
        Assert.SkipUnless(SpecialFiles.TryCreateNullDevice(InRoot("device")), "only root can make a device");
        Assert.Null(Root.OpenFile(Path("device")));
        Assert.DoesNotContain("device", Names(""));
    }

    [Fact]
    public void A_file_rewritten_with_its_old_time_has_another_identity()
    {
        var before = Root.Identify(Path("file"))!.Value;
        var time = File.GetLastWriteTimeUtc(InRoot("file"));
        File.Move(InRoot("folder/leaf"), InRoot("file"), overwrite: true);
        File.SetLastWriteTimeUtc(InRoot("file"), time);
        var after = Root.Identify(Path("file"))!.Value;
        Assert.NotEqual((before.Inode, before.Changed), (after.Inode, after.Changed));
    }

    private protected override IWebRoot Open(string root, bool showHidden)
    {
        Assert.SkipUnless(LinuxWebRoot.IsSupported(root), "this system has no openat2");
        return new LinuxWebRoot(root, showHidden, _time);
    }
}

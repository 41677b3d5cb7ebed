using ReliableDownload.Api.Files;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Files;

public sealed class PortableWebRootTests : WebRootContract
{
    [Fact]
    public void Names_that_are_no_text_are_not_served()
    {
        using var raw = new RawFile(InRoot("folder"), [0xff, 0xfe]);
        Assert.Null(Root.OpenFile(Path("folder").Child([0xff, 0xfe])));
        Assert.Equal(["inner", "leaf"], Names("folder"));
    }

    private protected override IWebRoot Open(string root, bool showHidden) => new PortableWebRoot(root, showHidden);
}

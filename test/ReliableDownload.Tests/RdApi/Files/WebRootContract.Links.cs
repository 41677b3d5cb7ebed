namespace ReliableDownload.Tests.RdApi.Files;

public abstract partial class WebRootContract
{
    [Theory]
    [InlineData("to-file", "file", "inside")]
    [InlineData("folder/up", "../file", "inside")]
    [InlineData("round", "../root/file", "inside")]
    [InlineData("relative", "../secret", null)]
    [InlineData("folder/deep", "../../secret", null)]
    [InlineData("passwd", "/etc/passwd", null)]
    [InlineData("self", "self", null)]
    [InlineData("dangling", "nowhere", null)]
    [InlineData("magic", "/proc/self/root/etc/passwd", null)]
    public void A_link_is_followed_only_inside(string link, string target, string? content)
    {
        File.CreateSymbolicLink(InRoot(link), target);
        Assert.Equal(content, Content(Root, link));
        Assert.Equal(content is not null, Root.Identify(Path(link)) is not null);
        Assert.Equal(content is not null, Names(System.IO.Path.GetDirectoryName(link)!).Contains(System.IO.Path.GetFileName(link)));
    }

    [Fact]
    public void A_link_to_an_absolute_path_inside_is_followed()
    {
        File.CreateSymbolicLink(InRoot("absolute"), InRoot("folder/leaf"));
        Directory.CreateSymbolicLink(InRoot("shortcut"), InRoot("folder"));
        Assert.Equal("leaf", Content(Root, "absolute"));
        Assert.Equal("leaf", Content(Root, "shortcut/leaf"));
        Assert.True(Root.IsFolder(Path("shortcut")));
        Assert.Equal(["inner", "leaf"], Names("shortcut"));
    }

    [Fact]
    public void A_link_to_a_neighbour_whose_name_begins_like_the_root_leads_outside()
    {
        Directory.CreateDirectory(_temp["root-neighbour"]);
        File.WriteAllText(_temp["root-neighbour/secret"], "outside");
        File.CreateSymbolicLink(InRoot("link"), _temp["root-neighbour/secret"]);
        Directory.CreateSymbolicLink(InRoot("folder-link"), _temp["root-neighbour"]);
        Assert.Null(Content(Root, "link"));
        Assert.Null(Content(Root, "folder-link/secret"));
        Assert.Null(Root.OpenFolder(Path("folder-link")));
    }

    [Fact]
    public void A_root_that_is_itself_a_link_is_served()
    {
        Directory.CreateSymbolicLink(_temp["current"], RootPath);
        File.CreateSymbolicLink(InRoot("absolute"), InRoot("file"));
        Assert.Equal("inside", Content(Open(_temp["current"], showHidden: false), "file"));
        Assert.Equal("inside", Content(Open(_temp["current"], showHidden: false), "absolute"));
    }
}

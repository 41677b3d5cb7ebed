using System.Net.Sockets;
using System.Text;
using ReliableDownload.Api.Files;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Files;

/// <summary>What every web root promises, run over both.</summary>
public abstract partial class WebRootContract : IDisposable
{
    private readonly TempFolder _temp = new();

    private protected WebRootContract()
    {
        Directory.CreateDirectory(InRoot("folder/inner"));
        File.WriteAllText(InRoot("file"), "inside");
        File.WriteAllText(InRoot("folder/leaf"), "leaf");
        File.WriteAllText(_temp["secret"], "outside");
    }

    private protected string RootPath => _temp["root"];

    private protected IWebRoot Root => Open(RootPath, showHidden: false);

    [Theory]
    [InlineData("file", "inside")]
    [InlineData("folder/leaf", "leaf")]
    [InlineData("folder", null)]
    [InlineData("nothing", null)]
    [InlineData("file/leaf", null)]
    [InlineData("folder/nothing/leaf", null)]
    public void Only_files_are_opened(string path, string? content) => Assert.Equal(content, Content(Root, path));

    [Fact]
    public void A_file_with_a_slash_behind_it_is_none()
    {
        Assert.Null(Root.OpenFile(Path("file") with { EndsWithSlash = true }));
        Assert.Null(Root.Identify(Path("file") with { EndsWithSlash = true }));
    }

    [Fact]
    public void Looking_tells_what_opening_tells()
    {
        using var file = Root.OpenFile(Path("file"));
        Assert.Equal(file!.Identity, Root.Identify(Path("file")));
        Assert.Equal(6, file.Identity.Size);
        var expected = (File.GetLastWriteTimeUtc(InRoot("file")) - DateTime.UnixEpoch).Ticks;
        Assert.Equal(expected, file.Identity.Modified / 100);
    }

    [Theory]
    [InlineData("../secret")]
    [InlineData("folder/../../secret")]
    [InlineData("/etc/passwd")]
    public void Not_even_a_path_that_was_never_checked_leads_outside(string path) => Assert.Null(Root.OpenFile(Path(path)));

    [Fact(Timeout = 120_000)]
    public async Task A_fifo_or_socket_is_no_file_and_nobody_waits_for_it()
    {
        SpecialFiles.CreateFifo(InRoot("fifo"));
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(InRoot("socket")));
        await Task.Yield();
        Assert.Null(Root.OpenFile(Path("fifo")));
        Assert.Null(Root.Identify(Path("fifo")));
        Assert.Null(Root.OpenFile(Path("socket")));
        Assert.Equal(["file", "folder"], Names(""));
    }

    [Fact]
    public void Hidden_names_are_served_only_when_they_shall_be()
    {
        Directory.CreateDirectory(InRoot(".hidden"));
        File.WriteAllText(InRoot(".hidden/file"), "hidden");
        Assert.Null(Content(Root, ".hidden/file"));
        Assert.Null(Root.OpenFolder(Path(".hidden")));
        Assert.Equal(["file", "folder"], Names(""));
        var open = Open(RootPath, showHidden: true);
        Assert.Equal("hidden", Content(open, ".hidden/file"));
        Assert.Contains(".hidden", List(open, "").Keys);
    }

    [Fact]
    public void A_listing_tells_type_size_and_time()
    {
        var entries = List(Root, "");
        Assert.Equal((false, Root.Identify(Path("file"))!.Value, (int)File.GetUnixFileMode(System.IO.Path.Combine(RootPath, "file"))), (entries["file"]!.Value.IsFolder, entries["file"]!.Value.Identity, entries["file"]!.Value.Access));
        Assert.Equal(entries["file"], Root.Describe(Path("file")));
        Assert.True(entries["folder"]!.Value.IsFolder);
        Assert.Null(Root.OpenFolder(Path("file")));
        Assert.Null(Root.OpenFolder(Path("nothing")));
    }

    [Fact]
    public void What_is_gone_from_an_open_folder_is_nothing()
    {
        using var folder = Root.OpenFolder(Path("folder"));
        Assert.NotNull(folder!.Describe("leaf"u8));
        File.Delete(InRoot("folder/leaf"));
        Assert.Null(folder.Describe("leaf"u8));
    }

    [Fact]
    public void A_folder_with_another_name_in_it_has_another_identity()
    {
        Directory.SetLastWriteTimeUtc(InRoot("folder"), new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        using var before = Root.OpenFolder(Path("folder"));
        File.WriteAllText(InRoot("folder/new"), "");
        using var after = Root.OpenFolder(Path("folder"));
        Assert.NotEqual(before!.Identity, after!.Identity);
    }

    [Fact]
    public void A_root_that_is_gone_is_an_error_and_not_an_absent_file()
    {
        var root = Root;
        Directory.Move(RootPath, _temp["moved"]);
        // Clients are told the message, and where the root is concerns none of them.
        Assert.DoesNotContain(_temp.Path, Assert.Throws<IOException>(() => root.OpenFile(Path("file"))).Message, StringComparison.Ordinal);
        Directory.Move(_temp["moved"], RootPath);
        Assert.Equal("inside", Content(root, "file"));
    }

    [Fact]
    public void A_root_that_is_replaced_as_a_whole_is_the_new_one_from_then_on()
    {
        var root = Root;
        Assert.Equal("inside", Content(root, "file"));
        Directory.Move(RootPath, _temp["moved"]);
        Directory.CreateDirectory(RootPath);
        File.WriteAllText(InRoot("file"), "new");
        Assert.Equal("new", Content(root, "file"));
        Directory.Delete(RootPath, recursive: true);
        Directory.CreateSymbolicLink(RootPath, _temp["moved"]);
        Assert.Equal("inside", Content(root, "file"));
    }

    public void Dispose()
    {
        _temp.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static RequestPath Path(string text) => new(Encoding.UTF8.GetBytes(text));

    private protected static string? Content(IWebRoot root, string path)
    {
        using var file = root.OpenFile(Path(path));
        using var opened = root.OpenFileWithoutBlocking(Path(path));
        if (opened is not null)
            Assert.Equal((Text(file!), file!.Identity), (Text(opened), opened.Identity));
        return file is null ? null : Text(file);
    }

    private static string Text(ServedFile file)
    {
        var bytes = new byte[100];
        return Encoding.UTF8.GetString(bytes, 0, RandomAccess.Read(file.Handle, bytes, 0));
    }

    private protected abstract IWebRoot Open(string root, bool showHidden);

    private protected string InRoot(string path) => System.IO.Path.Combine(RootPath, path);

    private static Dictionary<string, FolderEntry?> List(IWebRoot root, string path)
    {
        using var folder = root.OpenFolder(Path(path));
        var names = folder!.ReadNames();
        return Enumerable.Range(0, names.Count).ToDictionary(i => Encoding.Latin1.GetString(names[i]), i => folder.Describe(names[i]));
    }

    private protected IEnumerable<string> Names(string folder) => List(Root, folder).Keys.Order(StringComparer.Ordinal);
}

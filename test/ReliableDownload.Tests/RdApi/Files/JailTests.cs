using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Files;

public sealed class JailTests(ServedFolder folder) : IClassFixture<ServedFolder>
{
    [Theory]
    [InlineData("/../ESCAPE")]
    [InlineData("/folder/../../ESCAPE")]
    [InlineData("/%2e%2e/ESCAPE")]
    [InlineData("/%2E%2E%2FESCAPE")]
    [InlineData("/..%2fESCAPE")]
    [InlineData("/..%5cESCAPE")]
    [InlineData("/..\\ESCAPE")]
    [InlineData("/.%2e/ESCAPE")]
    [InlineData("/%252e%252e/ESCAPE")]
    [InlineData("/..;/ESCAPE")]
    [InlineData("/%c0%ae%c0%ae/ESCAPE")]
    [InlineData("/%ef%bc%8e%ef%bc%8e/ESCAPE")]
    [InlineData("//ESCAPE")]
    [InlineData("//etc/passwd")]
    [InlineData("/%2fetc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("/rd/../../ESCAPE")]
    [InlineData("/inside%00")]
    [InlineData("/inside%00.txt")]
    [InlineData("/inside/")]
    [InlineData("/./../ESCAPE")]
    [InlineData("/folder//../../ESCAPE")]
    [InlineData("/folder/./.hidden")]
    [InlineData("/inside/.")]
    [InlineData("/rd/folder/../../../ESCAPE")]
    [InlineData("/.hidden")]
    [InlineData("/folder/.hidden")]
    [InlineData("/%2ehidden")]
    [InlineData("http://x/../ESCAPE")]
    [InlineData("/%")]
    [InlineData("/%zz")]
    public async Task No_encoding_leads_outside(string target)
    {
        Directory.CreateDirectory(folder["folder"]);
        foreach (var name in (string[])["inside", ".hidden", "folder/inside", "folder/.hidden"])
            await File.WriteAllTextAsync(folder[name], "secret");
        using var outside = new TempFolder();
        await File.WriteAllTextAsync(outside["file"], "secret");

        var neighbour = $"{Path.GetFileName(outside.Path)}/file";
        var response = await RawConnection.GetAsync(folder.Server.BaseAddress, target.Replace("ESCAPE", neighbour));
        Assert.Matches("^HTTP/1.1 (400|404) ", response);
        Assert.DoesNotContain("secret", response);
        Assert.DoesNotContain("root:", response);
        // The server's own paths are nobody's business.
        Assert.DoesNotContain(folder.Path, response);
    }

    [Theory]
    [InlineData("/apt/./Packages")]
    [InlineData("//apt/Packages")]
    [InlineData("/apt//Packages")]
    [InlineData("/apt/pool/../Packages")]
    [InlineData("/%2e/apt/Packages")]
    [InlineData("/pool/%2e%2E/apt/Packages")]
    public async Task Dot_segments_and_repeated_slashes_inside_lead_to_the_file_and_to_its_digests(string target)
    {
        Directory.CreateDirectory(folder["apt"]);
        await File.WriteAllTextAsync(folder["apt/Packages"], "content");
        Assert.EndsWith("\r\n\r\ncontent", await RawConnection.GetAsync(folder.Server.BaseAddress, target));
        Assert.Contains("\"path\":\"apt/Packages\"", await RawConnection.GetAsync(folder.Server.BaseAddress, "/rd" + target));
    }

    [Fact]
    public async Task An_absolute_target_is_the_path_in_it()
    {
        var name = folder.CreateFile("content");
        Assert.EndsWith("content", await RawConnection.GetAsync(folder.Server.BaseAddress, $"http://x/{name}"));
    }

    [Fact]
    public async Task A_link_that_leads_outside_is_not_found()
    {
        File.CreateSymbolicLink(folder["passwd"], "/etc/passwd");
        Directory.CreateSymbolicLink(folder["etc"], "/etc");
        foreach (var target in (string[])["/passwd", "/etc", "/etc/", "/etc/passwd"])
            Assert.StartsWith("HTTP/1.1 404 ", await RawConnection.GetAsync(folder.Server.BaseAddress, target));
    }

    [Fact]
    public async Task A_fifo_is_not_found_and_nobody_waits_for_it()
    {
        SpecialFiles.CreateFifo(folder["fifo"]);
        Assert.StartsWith("HTTP/1.1 404 ", await RawConnection.GetAsync(folder.Server.BaseAddress, "/fifo"));
    }

    [Fact]
    public async Task Hidden_files_are_served_where_they_shall_be()
    {
        using var temp = new TempFolder();
        await File.WriteAllTextAsync(temp[".hidden"], "content");
        await using var server = await RdApiProcess.StartAsync(temp.Path, "--hidden");
        Assert.Equal("content", await server.Client.GetStringAsync(".hidden"));
        Assert.Contains("\".hidden\"", await server.Client.GetStringAsync(""));
    }
}

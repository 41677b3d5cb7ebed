using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Files;

/// <summary>A folder that cannot be read is said to be so, instead of cutting the connection.</summary>
public sealed class UnreadableFolderTests : IDisposable
{
    private readonly TempFolder _root = new();

    public UnreadableFolderTests() => Directory.CreateDirectory(_root["closed"]);

    [Theory]
    [InlineData("/closed/")]
    [InlineData("/closed/?json")]
    [InlineData("/closed/?tar")]
    [InlineData("/closed/?find=x")]
    public async Task By_its_permissions_it_is_403(string target)
    {
        File.SetUnixFileMode(_root["closed"], UnixFileMode.None);
        await using var server = await RdApiProcess.StartLimitedAsync(Fault.WithoutPrivileges, _root.Path);
        var answer = await RawConnection.GetAsync(server.BaseAddress, target);
        Assert.StartsWith("HTTP/1.1 403 ", answer);
        Assert.EndsWith("this folder's permissions do not allow the server to read it\n", answer);
        Assert.StartsWith("HTTP/1.1 404 ", await RawConnection.GetAsync(server.BaseAddress, "/none/"));
    }

    [Theory]
    [InlineData("/closed/", "text/html")]
    [InlineData("/closed/", "application/json")]
    [InlineData("/closed/?simple", "*/*")]
    public async Task By_its_disk_it_is_503_and_the_log_says_why(string target, string accept)
    {
        await using var server = await RdApiProcess.StartLimitedAsync(Fault.OfNames(_root["closed"], "error=EIO"), _root.Path);
        await using var connection = await RawConnection.OpenAsync(server.BaseAddress);
        await connection.SendAsync($"GET {target} HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\nAccept-Language: en\r\nConnection: close\r\n\r\n");
        var answer = await connection.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 503 ", answer);
        Assert.Contains("Retry-After: ", answer);
        Assert.EndsWith("this cannot be read now; the server's log says why\n", answer);
        Assert.Contains(target, await server.Process.Error.WaitForAsync("Input/output error"));
    }

    [Theory]
    [InlineData("closed", "closed", UnixFileMode.None)]
    [InlineData("closed", "closed", UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [InlineData("closed/folder", "closed", UnixFileMode.None)]
    [InlineData("closed/file", "closed", UnixFileMode.None)]
    [InlineData("file", "file", UnixFileMode.UserWrite)]
    public async Task One_that_is_all_there_is_to_serve_is_1_and_one_sentence(string served, string closed, UnixFileMode mode)
    {
        Directory.CreateDirectory(_root["closed/folder"]);
        File.WriteAllText(_root["file"], "");
        File.SetUnixFileMode(_root[closed], mode);
        await using var program = ProcessRunner.Start("/bin/sh", ["-c", $"{Fault.WithoutPrivileges}; exec \"$0\" \"$@\"", ProcessRunner.PathOf("rd-api"), "-p", "0", "--cache", _root["cache"], _root[served]]);
        Assert.Equal(1, await program.WaitForExitAsync());
        Assert.StartsWith($"rd-api: this user may not read {_root[served]}: allow it", Assert.Single(program.Error.Lines));
    }

    [Fact]
    public async Task A_root_whose_names_may_not_be_read_serves_who_knows_them_and_the_log_says_so()
    {
        File.WriteAllText(_root["closed/known"], "content");
        File.SetUnixFileMode(_root["closed"], UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await using var server = await RdApiProcess.StartLimitedAsync(Fault.WithoutPrivileges, _root["closed"]);
        await server.Process.Error.WaitForAsync("may not read the names");
        Assert.EndsWith("content", await RawConnection.GetAsync(server.BaseAddress, "/known"));
        Assert.StartsWith("HTTP/1.1 403 ", await RawConnection.GetAsync(server.BaseAddress, "/"));
    }

    public void Dispose()
    {
        File.SetUnixFileMode(_root["closed"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _root.Dispose();
    }
}

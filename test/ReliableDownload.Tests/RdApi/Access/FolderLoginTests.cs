using System.Security.Cryptography;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Access;

/// <summary>A folder that is for everybody, with a file below it that is not.</summary>
public sealed class FolderLoginTests : IDisposable
{
    private readonly TempFolder _root = new();
    private readonly TempFolder _files = new();

    public void Dispose()
    {
        _files.Dispose();
        _root.Dispose();
    }

    [Fact]
    public async Task The_login_of_the_first_request_counts_for_all_that_is_below_the_folder()
    {
        await using var server = await StartAsync();

        var end = await RdProcess.RunAsync(_files, "-r", "--user", "alice:right", "-O", "copy", server.BaseAddress.AbsoluteUri);

        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Equal("private", await File.ReadAllTextAsync(_files["copy/private/file"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_wrong_password_is_told_and_not_taken_for_none()
    {
        await using var server = await StartAsync();

        var end = await RdProcess.RunAsync(_files, "-r", "--user", "alice:wrong", "-O", "copy", server.BaseAddress.AbsoluteUri);

        Assert.Equal(6, end.ExitCode);
        Assert.Contains("401", end.Error);
        Assert.False(File.Exists(_files["copy/open"]));
    }

    [Fact]
    public async Task Who_has_a_link_to_a_folder_gets_it_whoever_else_it_logs_in_as()
    {
        await using var server = await StartAsync();
        await using var link = ProcessRunner.Start("rd-api", ["link", "--key-file", _files["key"], "/private/"]);
        var query = (await link.EndAsync()).Output.Trim().Split('?')[1];

        var end = await RdProcess.RunAsync(_files, "-r", "--user", "bob:bb", "-O", "copy", new Uri(server.BaseAddress, $"private/?{query}").AbsoluteUri);

        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Equal("private", await File.ReadAllTextAsync(_files["copy/file"], TestContext.Current.CancellationToken));
    }

    private async Task<RdApiProcess> StartAsync()
    {
        Directory.CreateDirectory(_root["private"]);
        await File.WriteAllTextAsync(_root["open"], "open", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_root["private/file"], "private", TestContext.Current.CancellationToken);
        await Tool.RunAsync(_files.Path, "htpasswd", "-cbB", "-C", "4", _files["users"], "alice", "right");
        await Tool.RunAsync(_files.Path, "htpasswd", "-bB", "-C", "4", _files["users"], "bob", "bb");
        await File.WriteAllBytesAsync(_files["key"], RandomNumberGenerator.GetBytes(32), TestContext.Current.CancellationToken);
        await File.AppendAllLinesAsync(_files["users"], ["/** *", "/private/** alice"], TestContext.Current.CancellationToken);
        return await RdApiProcess.StartAsync(_root.Path, "--auth-file", _files["users"], "--key-file", _files["key"]);
    }
}

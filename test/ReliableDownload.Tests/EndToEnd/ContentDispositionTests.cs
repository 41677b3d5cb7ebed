using Microsoft.AspNetCore.Http;
using ReliableDownload.Tests.Client.AnyServer;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary><c>--content-disposition</c> of the real rd.</summary>
public sealed class ContentDispositionTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private ScriptedServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await ScriptedServer.StartAsync([1, 2, 3]);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_server_names_files_and_the_user_s_name_goes_first()
    {
        Name("attachment; filename=\"../from server.bin\"");
        Assert.Equal(0, (await RdProcess.RunAsync(_folder, "--content-disposition", "-o", "out", $"{_server.Url}")).ExitCode);
        Assert.Equal(0, (await RdProcess.RunAsync(_folder, "--content-disposition", "-O", "mine", $"{_server.Url}")).ExitCode);
        Assert.Equal(0, (await RdProcess.RunAsync(_folder, $"{_server.Url}")).ExitCode);

        Assert.Equal([_folder["out/from server.bin"]], Directory.EnumerateFiles(_folder["out"]));
        Assert.Equal(["file.bin", "mine"], Directory.EnumerateFiles(_folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task A_folder_s_URL_gets_the_server_s_name_or_needs_one()
    {
        var url = new Uri(_server.Url, "get/");
        var end = await RdProcess.RunAsync(_folder, "--content-disposition", $"{url}");
        Assert.Equal((3, "rd: 127.0.0.1: neither the URL nor the server names the file; choose a name with -O\n"), (end.ExitCode, end.Error));

        Name("attachment; filename=named");
        Assert.Equal(0, (await RdProcess.RunAsync(_folder, "--content-disposition", $"{url}")).ExitCode);
        Assert.Equal([1, 2, 3], await File.ReadAllBytesAsync(_folder["named"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Two_files_of_one_command_never_become_the_same()
    {
        Name("attachment; filename=named");

        var end = await RdProcess.RunAsync(_folder, "-f", "--content-disposition", $"{new Uri(_server.Url, "get?1")}", $"{new Uri(_server.Url, "get?2")}");

        Assert.Equal(3, end.ExitCode);
        Assert.Contains($"it would become '{_folder["named"]}' as another file of this command", end.Error);
        Assert.EndsWith("1 of 2 files complete, 3 B\n", end.Error);
    }

    [Fact]
    public async Task A_Metalink_that_comes_instead_of_the_file_does_not_name_it()
    {
        _server.Beside["/big.iso"] = context =>
        {
            context.Response.ContentType = "application/metalink4+xml";
            context.Response.Headers.ContentDisposition = "attachment; filename*=UTF-8''big.iso.meta4";
            return context.Response.WriteAsync($"<metalink><file name='big.iso'><size>3</size><url>{_server.Url}</url></file></metalink>");
        };
        _server.OnMetadata = (context, number) => context.Request.Path == "/rd/big.iso" ? PlainFixture.NotFound(context, number) : Task.FromResult(false);

        var end = await RdProcess.RunAsync(_folder, "--content-disposition", $"{new Uri(_server.Url, "/big.iso")}");

        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Equal([_folder["big.iso"]], Directory.EnumerateFiles(_folder.Path));
    }

    private void Name(string header) => _server.OnRange = (context, _) =>
    {
        context.Response.Headers.ContentDisposition = header;
        return Task.FromResult(false);
    };
}

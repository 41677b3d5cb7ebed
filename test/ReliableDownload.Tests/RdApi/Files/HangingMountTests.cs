using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Files;

/// <summary>A root in which one file system hangs, as that of a network server that is gone.</summary>
public sealed class HangingMountTests : IDisposable
{
    private const string Script = """
        import sys, threading
        from fusepy import FUSE, Operations
        folders = {"/": ["1", "2"], "/1": ["hanging"], "/2": ["hanging"]}
        class Hanging(Operations):
            def getattr(self, path, handle=None):
                return {"st_mode": 0o40555, "st_nlink": 2}
            def readdir(self, path, handle):
                if path not in folders:
                    print(path, file=sys.stderr, flush=True)
                    threading.Event().wait()
                return [".", "..", *folders[path]]
        FUSE(Hanging(), sys.argv[1], foreground=True)
        """;

    private readonly TempFolder _root = new();

    public HangingMountTests()
    {
        Directory.CreateDirectory(_root["mounted"]);
        Directory.CreateDirectory(_root["healthy"]);
        File.WriteAllText(_root["healthy/file"], "");
    }

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task Folders_elsewhere_are_listed_while_readers_of_one_hang()
    {
        await using var server = await RdApiProcess.StartAsync(_root.Path);
        await using var first = await RawConnection.OpenAsync(server.BaseAddress);
        await using var second = await RawConnection.OpenAsync(server.BaseAddress);
        // Its end comes first: what hangs could not be killed.
        await using var mount = await FuseMount.StartAsync(Script, _root["mounted"]);
        await first.SendAsync("GET /mounted/1/?find=x HTTP/1.1\r\nHost: x\r\n\r\n");
        await second.SendAsync("GET /mounted/2/?find=x HTTP/1.1\r\nHost: x\r\n\r\n");
        await mount.Process.Error.WaitForAsync("/1/hanging");
        await mount.Process.Error.WaitForAsync("/2/hanging");
        Assert.Equal("file\n", await server.Client.GetStringAsync("healthy/?simple", TestContext.Current.CancellationToken));
    }
}

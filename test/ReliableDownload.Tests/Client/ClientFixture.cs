using ReliableDownload.Client;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client;

/// <summary>One test's scripted server and folder, and downloads between them that are quick to try again.</summary>
internal sealed class ClientFixture : IAsyncDisposable
{
    public const int BlockSize = 64 << 10;

    private ClientFixture(ScriptedServer server) => Server = server;

    public ScriptedServer Server { get; }

    public TempFolder Folder { get; } = new();

    public string Target => Folder["file.bin"];

    public string Blocks => Folder[".blocks"];

    public string Part => Path.Combine(Blocks, "file.bin", "data");

    public string Journal => Path.Combine(Blocks, "file.bin", "journal");

    public List<string> Events { get; } = [];

    /// <summary>Five connections, small delays, few attempts.</summary>
    public DownloadOptions Options => new()
    {
        TemporaryDirectory = Blocks,
        MaxAttempts = 6,
        MaxOutage = TimeSpan.FromMilliseconds(1),
        FirstDelay = TimeSpan.FromMilliseconds(5),
        MaxDelay = TimeSpan.FromMilliseconds(50),
        OnEvent = told =>
        {
            lock (Events)
                Events.Add(told.Message);
        },
    };

    /// <summary>The same, for tests in which something falls silent. So many attempts, because a busy machine is silent now and then as well.</summary>
    public DownloadOptions Impatient => Options with { StallLimit = TimeSpan.FromMilliseconds(700), MaxAttempts = 1000 };

    /// <summary>A server with a file of so many random bytes.</summary>
    public static async Task<ClientFixture> StartAsync(int size, int blockSize = BlockSize) =>
        new(await ScriptedServer.StartAsync(ScriptedServer.RandomBytes(size), blockSize));

    /// <param name="via">The line that the download goes over; none for straight to the server.</param>
    public Task<DownloadResult> DownloadAsync(
        DownloadOptions? options = null, CancellationToken? cancellationToken = null, Relay? via = null, IProgress<DownloadProgress>? progress = null) =>
        new Downloader(options ?? Options).DownloadAsync(
            via?.Through(Server.Url) ?? Server.Url, Target, progress, cancellationToken ?? TestContext.Current.CancellationToken);

    /// <summary>The download went well and the file is the server's, byte for byte, with nothing left beside it.</summary>
    public void AssertComplete(DownloadResult result)
    {
        Assert.Equal("", result.Message);
        Assert.Equal(DownloadOutcome.Complete, result.Outcome);
        AssertTargetIsRight();
        Assert.Equal(["file.bin"], Directory.EnumerateFileSystemEntries(Folder.Path).Select(Path.GetFileName));
    }

    public void AssertTargetIsRight() => Assert.True(Server.Content.AsSpan().SequenceEqual(File.ReadAllBytes(Target)), "the file is not the server's");

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Folder.Dispose();
    }
}

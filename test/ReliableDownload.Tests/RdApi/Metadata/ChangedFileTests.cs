using System.Security.Cryptography;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Metadata;

/// <summary>A file that does not stay what it was: digests of two contents are never mixed, and nobody waits for ever.</summary>
public sealed class ChangedFileTests
{
    // Hashed in half a minute at the best, so that the change comes in the middle. In large blocks, of which few have to be written.
    private const long HugeSize = 256L << 30;
    private const int BlockSize = 64 << 20;

    private static readonly Dictionary<string, Action<string>> Changes = new(StringComparer.Ordinal)
    {
        ["grown"] = static file => Resize(file, HugeSize + 1),
        ["shrunk"] = static file => Resize(file, 1),
        ["emptied"] = static file => Resize(file, 0),
        ["written in the middle"] = static file => Write(file),
        ["replaced"] = static file => Replace(file),
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("grown")]
    [InlineData("shrunk")]
    [InlineData("emptied")]
    [InlineData("written in the middle")]
    [InlineData("replaced")]
    public async Task A_file_that_changes_while_it_is_hashed_ends_the_stream_as_changed(string change)
    {
        var last = await LastLineAsync(Changes[change]);
        Assert.IsType<StreamLine.Changed>(last);
    }

    [Fact]
    public async Task A_file_that_vanishes_while_it_is_hashed_ends_the_stream_with_a_sentence()
    {
        var last = await LastLineAsync(File.Delete);
        Assert.Contains("removed", Assert.IsType<StreamLine.Error>(last).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_rewritten_with_its_old_size_and_time_is_hashed_again()
    {
        using var root = new TempFolder();
        SampleFile.Create(root["file"], 1000);
        var time = File.GetLastWriteTimeUtc(root["file"]);
        await SampleFile.SettledAsync(root["file"]);
        await using var server = await RdApiProcess.StartAsync(root.Path);
        await server.Client.StreamAsync("file").LastAsync(Cancellation);

        var content = new byte[1000];
        await File.WriteAllBytesAsync(root["file"], content, Cancellation);
        File.SetLastWriteTimeUtc(root["file"], time);
        var lines = await server.Client.StreamAsync("file").ToListAsync(Cancellation);
        Assert.Equal(SHA256.HashData(content), MetadataClient.DigestsOf(lines, 32));
    }

    [Fact]
    public async Task Digests_of_a_file_that_changed_just_now_are_not_believed_by_the_next_one_who_asks()
    {
        using var root = new TempFolder();
        await using var server = await RdApiProcess.StartAsync(root.Path);
        SampleFile.Create(root["file"], 1000);
        // A busy machine may not come to it within 2 s.
        File.SetLastWriteTimeUtc(root["file"], TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(1.9));
        await server.Client.StreamAsync("file").LastAsync(Cancellation);
        await SampleFile.SettledAsync(root["file"]);
        await server.Client.StreamAsync("file").LastAsync(Cancellation);
        await server.Client.StreamAsync("file").LastAsync(Cancellation);
        await server.AssertHashedAsync(root, "file", 1, 1);
    }

    private static async Task<StreamLine?> LastLineAsync(Action<string> change)
    {
        using var root = new TempFolder();
        SampleFile.CreateThin(root["huge"], HugeSize, BlockSize);
        await using var server = await RdApiProcess.StartAsync(root.Path, "--block-size", "64M");
        StreamLine? last = null;
        var told = 0L;
        var isChanged = false;
        await foreach (var line in server.Client.StreamAsync("huge"))
        {
            last = line;
            told += line is StreamLine.Blocks blocks ? blocks.Digests.Length / 32 : 0;
            if (told > 0 && !isChanged)
            {
                change(root["huge"]);
                isChanged = true;
            }
        }

        // It was seen at the next block, not at the end.
        Assert.InRange(told, 1, (HugeSize / BlockSize) - 1);
        // The server lives, and its workers do, too.
        SampleFile.Create(root["next"], 1);
        Assert.IsType<StreamLine.End>(await server.Client.StreamAsync("next").LastAsync(Cancellation));
        return last;
    }

    private static void Resize(string path, long size)
    {
        using var file = File.OpenWrite(path);
        file.SetLength(size);
    }

    private static void Write(string path)
    {
        using var file = File.OpenWrite(path);
        file.Position = HugeSize / 2;
        file.WriteByte(1);
    }

    private static void Replace(string path)
    {
        SampleFile.CreateThin(path + ".new", HugeSize, BlockSize);
        File.Move(path + ".new", path, overwrite: true);
    }
}

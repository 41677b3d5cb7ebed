using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>The real rd, killed with SIGKILL again and again in the middle of one download.</summary>
public sealed class KillTests
{
    private const int Kills = 20;
    private const int Size = (400 * BlockSize) + 321;
    private const int BlockSize = 64 << 10;
    private const int Connections = 4;

    [Fact]
    public async Task A_download_that_is_killed_twenty_times_goes_on_and_ends_with_the_exact_file()
    {
        await using var server = await ScriptedServer.StartAsync(ScriptedServer.RandomBytes(Size), BlockSize);
        using var folder = new TempFolder();
        var random = new Random(20);
        for (var kill = 0; kill < Kills; kill++)
            await KillInTheMiddleAsync(server, folder, random, isAfterBlock: kill % 2 == 1);

        await using var rd = ProcessRunner.Start("rd", [server.Url.AbsoluteUri], folder.Path);

        Assert.Equal(0, await rd.WaitForExitAsync());
        Assert.Equal(server.Content, await File.ReadAllBytesAsync(folder["file.bin"], TestContext.Current.CancellationToken));
        Assert.Equal(["file.bin"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName));
        Assert.Contains("from before", rd.Error.Text, StringComparison.Ordinal);
    }

    // The moment is a random byte, so that the kills meet every stage of receiving, proving and writing; every other time it is one
    // at which a block was completed, so that there is something to go on with.
    private static async Task KillInTheMiddleAsync(ScriptedServer server, TempFolder folder, Random random, bool isAfterBlock)
    {
        const int Enough = 2 * Connections * BlockSize;
        long left = isAfterBlock ? Enough : random.Next(Enough);
        var reached = new TaskCompletionSource();
        server.OnRange = async (context, _) =>
        {
            var body = server.Slice(context);
            var before = Interlocked.Add(ref left, -body.Length) + body.Length;
            await ScriptedServer.SendRangeAsync(context, Size, body[..(int)Math.Clamp(before, 0, body.Length)]);
            await context.Response.Body.FlushAsync();
            if (before <= body.Length)
                reached.TrySetResult();
            await ScriptedServer.HoldAsync(context);
            return true;
        };
        var journal = Path.Combine(folder[".blocks"], "file.bin", "journal");
        await using var rd = ProcessRunner.Start("rd", ["-w", Connections.ToString(), server.Url.AbsoluteUri], folder.Path);
        await reached.Task.WaitAsync(ProcessRunner.Limit);
        if (isAfterBlock)
            await Eventually.IsTrueAsync(() => File.Exists(journal) && File.ReadLines(journal).Count() > 2, "a block is complete");
        rd.Send(Signal.Kill);
        Assert.Equal(128 + (int)Signal.Kill, await rd.WaitForExitAsync());
        server.OnRange = (_, _) => Task.FromResult(false);
    }
}

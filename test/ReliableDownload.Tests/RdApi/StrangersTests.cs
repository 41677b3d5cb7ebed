using System.Diagnostics;
using ReliableDownload.Api.Kernel;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi;

/// <summary>Strangers do all at once what makes servers grow, to one that has 256 MiB, and an ordinary client notices nothing.</summary>
public sealed class StrangersTests : IDisposable
{
    private const long Memory = 256 << 20;
    private const int SmallFiles = 5000;
    private const int StalledListings = 30;
    private const int StalledDownloads = 100;
    private const int UnfinishedJobs = 1024;
    private const int SortedNames = 50_000;
    private const int SortedListings = 300;

    // Of the descriptors that this process may have, and the server too, which leaves one for a file beside each connection.
    private static readonly int IdleConnections = (int)Math.Min(10_000, DescriptorLimit.Value / 3);

    private static readonly TimeSpan Notices = TimeSpan.FromSeconds(60);

    private readonly TempFolder _folder = TempFolder.InMemory();
    private readonly List<RawConnection> _strangers = [];

    [Fact]
    public async Task Strangers_who_ask_for_all_that_grows_harm_nobody_else()
    {
        Directory.CreateDirectory(_folder["small"]);
        for (var i = 0; i < SmallFiles; i++)
            await File.WriteAllTextAsync(_folder[$"small/{i}"], "small");
        for (var i = 0; i < UnfinishedJobs; i++)
            SampleFile.CreateThin(_folder[$"job-{i}"], 32 << 20);
        SampleFile.CreateZeros(_folder["large"], 1 << 30);
        // The digest of a younger file is not kept, and would have to be calculated when all jobs are the strangers'.
        await SampleFile.SettledAsync(_folder["small/1"]);
        await using var server = await RdApiProcess.StartLimitedAsync("true", _folder.Path, [("DOTNET_GCHeapHardLimit", $"{Memory:x}")]);
        using var over = new CancellationTokenSource();
        var ordinary = Task.Run(() => UseAsync(server, over.Token), over.Token);

        await AskForDigestsAsync(server.BaseAddress);
        for (var i = 0; i < StalledListings; i++)
            await StallAsync(server.BaseAddress, "/small/");
        for (var i = 0; i < StalledDownloads; i++)
            await StallAsync(server.BaseAddress, "/large");
        for (var i = 0; i < UnfinishedJobs; i++)
            await StallAsync(server.BaseAddress, $"/rd/job-{i}");
        for (var i = 0; i < IdleConnections - UnfinishedJobs; i++)
            _strangers.Add(await RawConnection.OpenAsync(server.BaseAddress));

        await over.CancelAsync();
        var (answers, slowest, most) = await ordinary;
        TestContext.Current.TestOutputHelper?.WriteLine($"{answers} answers, the slowest after {slowest}, {most >> 20} MiB at most");
        Assert.InRange(answers, 1, int.MaxValue);
        Assert.InRange(slowest, TimeSpan.Zero, Notices);
        Assert.InRange(most, 1, Memory);
    }

    [Fact]
    public async Task Strangers_who_have_a_large_folder_sorted_harm_nobody_else()
    {
        Directory.CreateDirectory(_folder["small"]);
        await File.WriteAllTextAsync(_folder["small/1"], "small");
        Directory.CreateDirectory(_folder["large"]);
        for (var i = 0; i < SortedNames; i++)
            await File.WriteAllBytesAsync(_folder[$"large/{i}"], []);
        await using var server = await RdApiProcess.StartLimitedAsync("true", _folder.Path, [("DOTNET_GCHeapHardLimit", $"{Memory:x}")]);
        using var over = new CancellationTokenSource();
        var ordinary = Task.Run(() => UseAsync(server, over.Token), over.Token);

        for (var i = 0; i < SortedListings; i++)
            await StallAsync(server.BaseAddress, i % 2 == 0 ? "/large/?sort=size" : "/large/?sort=time&json");
        // What is JSON begins when it is sorted.
        var sorted = _strangers.Where((_, i) => i % 2 != 0).Select(stranger => stranger.ReadAsync(1)).ToList();
        await using (var other = await RawConnection.OpenAsync(server.BaseAddress, from: "127.0.0.2"))
        {
            await other.SendAsync("GET /large/?sort=size&json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            Assert.Contains($"\"total\":{SortedNames}", await other.ReadToEndAsync(), StringComparison.Ordinal);
            Assert.InRange(sorted.Count(answer => answer.IsCompleted), 0, sorted.Count / 2);
        }

        await over.CancelAsync();
        var (answers, slowest, most) = await ordinary;
        TestContext.Current.TestOutputHelper?.WriteLine($"{answers} answers, the slowest after {slowest}, {most >> 20} MiB at most");
        Assert.InRange(answers, 1, int.MaxValue);
        Assert.InRange(slowest, TimeSpan.Zero, Notices);
        Assert.InRange(most, 1, Memory);
    }

    public void Dispose()
    {
        foreach (var stranger in _strangers)
            stranger.Reset();
        _folder.Dispose();
    }

    /// <summary>An ordinary client, who connects anew each time; and the server's memory after each answer.</summary>
    private static async Task<(int Answers, TimeSpan Slowest, long MostBytes)> UseAsync(RdApiProcess server, CancellationToken over)
    {
        var (answers, slowest, most) = (0, TimeSpan.Zero, 0L);
        while (!over.IsCancellationRequested)
        {
            foreach (var target in (string[])["/small/1", "/rd/small/1", "/rd/"])
            {
                var watch = Stopwatch.StartNew();
                var answer = await RawConnection.GetAsync(server.BaseAddress, target);
                Assert.True(answer.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal), $"{target} after {answers} answers: {answer}");
                slowest = watch.Elapsed > slowest ? watch.Elapsed : slowest;
                answers++;
            }

            most = Math.Max(most, server.Process.Status().ResidentBytes);
        }

        return (answers, slowest, most);
    }

    private static async Task AskForDigestsAsync(Uri server)
    {
        await using var connection = await RawConnection.OpenAsync(server);
        var asking = connection.SendAsync(string.Concat(Enumerable.Range(0, SmallFiles).Select(i =>
            $"GET /rd/small/{i} HTTP/1.1\r\nHost: x\r\nConnection: {(i < SmallFiles - 1 ? "keep-alive" : "close")}\r\n\r\n")));
        await connection.ReadToEndAsync();
        await asking;
    }

    private async Task StallAsync(Uri server, string target)
    {
        var connection = await RawConnection.OpenAsync(server, receiveBuffer: 4096);
        _strangers.Add(connection);
        await connection.SendAsync($"GET {target} HTTP/1.1\r\nHost: x\r\nAccept: application/x-ndjson\r\n\r\n");
    }
}

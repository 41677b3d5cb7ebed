using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Hosting;

/// <summary>Nobody is worse served because the log cannot be written.</summary>
public sealed class LogFaultTests
{
    private const int Requests = 3000;

    [Fact]
    public async Task A_full_disk_behind_standard_error_harms_nobody()
    {
        using var temp = new TempFolder();
        using var disk = new SmallDisk(16 << 10);
        var log = Path.Combine(disk.Path, "log");
        await using var server = StartWithLog(temp, $">>'{log}'");
        var address = await AddressAsync(() => File.Exists(log) ? File.ReadAllText(log) : "");
        await AskOftenAsync(address);
        Assert.InRange(new FileInfo(log).Length, 1, 16 << 10);
        await HashesAndStopsAsync(temp, server, address);
    }

    [Fact]
    public async Task A_reader_of_standard_error_that_stands_still_harms_nobody()
    {
        using var temp = new TempFolder();
        SpecialFiles.CreateFifo(temp["log"]);
        // Opened for reading too, so that opening does not wait for the reader.
        await using var server = StartWithLog(temp, $"<>'{temp["log"]}'");
        using var reader = new FileStream(temp["log"], FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        var first = new byte[4096];
        var length = await reader.ReadAsync(first);
        await AskOftenAsync(await AddressAsync(() => System.Text.Encoding.UTF8.GetString(first, 0, length)));
        await HashesAndStopsAsync(temp, server, await AddressAsync(() => System.Text.Encoding.UTF8.GetString(first, 0, length)));
    }

    private static ProcessRunner StartWithLog(TempFolder temp, string redirection)
    {
        Directory.CreateDirectory(temp["root"]);
        SampleFile.Create(temp["root/file"], 1000);
        string[] options = ["--host", "127.0.0.1", "--port", "0", "--web-root", temp["root"], "--cache", temp["cache"], "--verbose"];
        return ProcessRunner.Start(
            "/bin/sh", ["-c", $"exec \"$0\" \"$@\" 2{redirection}", ProcessRunner.PathOf("rd-api"), .. options], environment: RdApiProcess.CheckThreads);
    }

    private static async Task<Uri> AddressAsync(Func<string> log)
    {
        Uri? address = null;
        await Eventually.IsTrueAsync(() => (address = RdApiProcess.FindAddress(log())) is not null, "the server had started");
        return address!;
    }

    private static async Task AskOftenAsync(Uri address)
    {
        await using var connection = await RawConnection.OpenAsync(address);
        var requests = string.Concat(Enumerable.Repeat("HEAD /file HTTP/1.1\r\nHost: x\r\n\r\n", Requests - 1));
        var sending = connection.SendAsync(requests + "HEAD /file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        var answers = await connection.ReadToEndAsync();
        await sending;
        Assert.Equal(Requests, answers.Split("HTTP/1.1 200 ").Length - 1);
    }

    private static async Task HashesAndStopsAsync(TempFolder temp, ProcessRunner server, Uri address)
    {
        using var client = new HttpClient { BaseAddress = address, Timeout = ProcessRunner.Limit };
        foreach (var name in (string[])["one", "two"])
        {
            SampleFile.Create(temp[$"root/{name}"], 1000);
            await client.StreamAsync(name).LastAsync(TestContext.Current.CancellationToken);
        }

        server.Send(Signal.Terminate);
        Assert.Equal(0, await server.WaitForExitAsync());
    }
}

using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Limiting;

/// <summary>How often a client may ask, and what rd makes of it.</summary>
public sealed class RequestLimitTests : IDisposable
{
    // Far more than the ten at once and one each second that are allowed, however slow the machine is.
    private const int TooMany = 100;

    private readonly TempFolder _root = new();
    private readonly TempFolder _folder = new();

    public RequestLimitTests() => SampleFile.Create(_root["file"], 3 << 20);

    [Fact]
    public async Task Who_asks_too_often_is_told_when_to_come_back_and_others_notice_nothing()
    {
        var log = _folder["access.log"];
        await using var server = await RdApiProcess.StartAsync(_root.Path, "--limit-requests", "1", "--access-log", log);
        var refused = await FloodAsync(server, TooMany);
        Assert.StartsWith("HTTP/1.1 429 ", refused);
        Assert.Matches("\r\nRetry-After: [12]\r\n", refused);
        Assert.Contains("too many requests came from this address", refused);

        await using var other = await RawConnection.OpenAsync(server.BaseAddress, from: "127.0.0.2");
        await other.SendAsync("HEAD /file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", await other.ReadToEndAsync());
        await Eventually.IsTrueAsync(() => File.ReadAllText(log).Contains(" 429 ", StringComparison.Ordinal), "the refusal is logged");
    }

    [Fact]
    public async Task A_refused_rd_comes_again_and_gets_its_file()
    {
        var log = _folder["access.log"];
        await using var server = await RdApiProcess.StartAsync(_root.Path, "--limit-requests", "4", "--access-log", log);
        await FloodAsync(server, 4 * TooMany);

        await using var rd = RdProcess.Start(_folder, $"{server.BaseAddress}file");
        // Nobody gets through until rd has been refused.
        await Eventually.IsTrueAsync(
            async () =>
            {
                await FloodAsync(server, TooMany);
                return Refusals() > 0;
            },
            "rd was refused");
        var end = await rd.EndAsync();

        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Equal(await File.ReadAllBytesAsync(_root["file"], TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(_folder["file"], TestContext.Current.CancellationToken));
        // Whoever does not wait in between is refused again and again.
        Assert.InRange(Refusals(), 1, 10);

        int Refusals() => File.ReadLines(log).Count(line => line.Contains(" 429 ", StringComparison.Ordinal) && line.Contains("\"rd/", StringComparison.Ordinal));
    }

    public void Dispose()
    {
        _root.Dispose();
        _folder.Dispose();
    }

    /// <summary>The last answer.</summary>
    private static async Task<string> FloodAsync(RdApiProcess server, int requests)
    {
        await using var connection = await RawConnection.OpenAsync(server.BaseAddress);
        await connection.SendAsync(string.Concat(Enumerable.Range(1, requests).Select(i =>
            i < requests ? "HEAD /file HTTP/1.1\r\nHost: x\r\n\r\n" : "GET /file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")));
        var answers = await connection.ReadToEndAsync();
        return answers[answers.LastIndexOf("HTTP/1.1 ", StringComparison.Ordinal)..];
    }
}

using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Monitoring;

public sealed partial class AccessLogTests : IDisposable
{
    private readonly TempFolder _root = new();
    private readonly TempFolder _logs = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _root.Dispose();
        _logs.Dispose();
    }

    [Fact]
    public async Task Each_request_has_a_line_in_the_combined_form()
    {
        SampleFile.Create(_root["a b.bin"], 100_000);
        await using var server = await StartAsync("--access-log", _logs["access"]);
        using (var request = new HttpRequestMessage(HttpMethod.Get, "/a%20b.bin"))
        {
            request.Headers.Range = new RangeHeaderValue(10, 19);
            request.Headers.Referrer = new Uri("http://elsewhere/");
            request.Headers.UserAgent.ParseAdd("tester/1");
            await AskAsync(server, request);
        }

        await AskAsync(server, new HttpRequestMessage(HttpMethod.Head, "/a%20b.bin"));
        await AskAsync(server, new HttpRequestMessage(HttpMethod.Get, "/missing"));
        await AskAsync(server, new HttpRequestMessage(HttpMethod.Get, "/"));
        var lines = await ReadAsync(4);
        Assert.EndsWith("] \"GET /a%20b.bin HTTP/1.1\" 206 10 \"http://elsewhere/\" \"tester/1\"", lines[0]);
        Assert.EndsWith("] \"HEAD /a%20b.bin HTTP/1.1\" 200 0 \"-\" \"-\"", lines[1]);
        Assert.Matches("\"GET /missing HTTP/1.1\" 404 [1-9][0-9]* ", lines[2]);
        Assert.Matches("\"GET / HTTP/1.1\" 200 [1-9][0-9]* ", lines[3]);
        Assert.All(lines, line => Assert.Matches(Combined(), line));
        var time = DateTimeOffset.ParseExact(Combined().Match(lines[0]).Groups["time"].Value, "dd/MMM/yyyy:HH:mm:ss zzz", CultureInfo.InvariantCulture);
        Assert.InRange(TimeProvider.System.GetUtcNow() - time, TimeSpan.Zero, TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task A_client_cannot_forge_a_line()
    {
        await using var server = await StartAsync("--access-log", _logs["access"]);
        await using var connection = await RawConnection.OpenAsync(server.BaseAddress);
        await connection.SendAsync("GET /%0a\"x HTTP/1.1\r\nHost: x\r\nUser-Agent: a\" \\ \t\"b\r\nConnection: close\r\n\r\n");
        await connection.ReadToEndAsync();
        var line = Assert.Single(await ReadAsync(1));
        Assert.Matches(Combined(), line);
        Assert.Contains("\"GET /%0a\\x22x HTTP/1.1\" 404 ", line);
        Assert.EndsWith(" \"a\\x22 \\x5C \\x09\\x22b\"", line);
    }

    [Fact]
    public async Task A_download_that_is_cut_is_logged_with_what_was_sent()
    {
        SampleFile.Create(_root["big"], 32 << 20);
        await using var server = await StartAsync("--access-log", _logs["access"]);
        await using (var connection = await RawConnection.OpenAsync(server.BaseAddress, receiveBuffer: 64 << 10))
        {
            await connection.SendAsync("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
            await connection.ReadAsync(1000);
        }

        var bytes = int.Parse(Combined().Match(Assert.Single(await ReadAsync(1))).Groups["bytes"].Value, CultureInfo.InvariantCulture);
        Assert.InRange(bytes, 600, (32 << 20) - 1);
    }

    [Fact]
    public async Task The_JSON_form_has_every_field()
    {
        SampleFile.Create(_root["f"], 1000);
        await using var server = await StartAsync("--access-log", _logs["access"], "--access-log-format", "json");
        using (var request = new HttpRequestMessage(HttpMethod.Get, "/f"))
        {
            request.Headers.Range = new RangeHeaderValue(0, 9);
            await AskAsync(server, request);
        }

        using var line = JsonDocument.Parse(Assert.Single(await ReadAsync(1)));
        Assert.Equal(
            ["time", "client", "user", "method", "target", "protocol", "status", "bytes", "seconds", "range", "referer", "user_agent"],
            line.RootElement.EnumerateObject().Select(field => field.Name));
        Assert.Equal("127.0.0.1", line.RootElement.GetProperty("client").GetString());
        Assert.Equal(206, line.RootElement.GetProperty("status").GetInt32());
        Assert.Equal(10, line.RootElement.GetProperty("bytes").GetInt64());
        Assert.Equal("bytes=0-9", line.RootElement.GetProperty("range").GetString());
        Assert.InRange(line.RootElement.GetProperty("seconds").GetDouble(), 0, 60);
    }

    [Theory]
    [InlineData(Signal.HangUp)]
    [InlineData(Signal.User1)]
    public async Task After_a_signal_a_renamed_log_is_begun_anew(Signal signal)
    {
        await using var server = await StartAsync("--access-log", _logs["access"]);
        await AskAsync(server, new HttpRequestMessage(HttpMethod.Get, "/before"));
        await Eventually.IsTrueAsync(() => new FileInfo(_logs["access"]).Length > 0, "the first line is there");
        File.Move(_logs["access"], _logs["access.1"]);
        server.Process.Send(signal);
        await Eventually.IsTrueAsync(() => File.Exists(_logs["access"]), "the log was opened again");
        await AskAsync(server, new HttpRequestMessage(HttpMethod.Get, "/after"));
        await Eventually.IsTrueAsync(() => new FileInfo(_logs["access"]).Length > 0, "the second line is there");
        Assert.Contains("/before", await File.ReadAllTextAsync(_logs["access.1"], Cancellation));
        Assert.DoesNotContain("/after", await File.ReadAllTextAsync(_logs["access.1"], Cancellation));
        Assert.Contains("/after", await File.ReadAllTextAsync(_logs["access"], Cancellation));
    }

    [Fact]
    public async Task A_log_that_is_truncated_goes_on_at_its_beginning()
    {
        await using var server = await StartAsync("--access-log", _logs["access"]);
        await AskAsync(server, new HttpRequestMessage(HttpMethod.Get, "/before"));
        await Eventually.IsTrueAsync(() => new FileInfo(_logs["access"]).Length > 0, "the first line is there");
        await File.WriteAllTextAsync(_logs["access"], "", Cancellation);
        await AskAsync(server, new HttpRequestMessage(HttpMethod.Get, "/after"));
        await Eventually.IsTrueAsync(() => new FileInfo(_logs["access"]).Length > 0, "the second line is there");
        Assert.StartsWith("127.0.0.1 - - [", await File.ReadAllTextAsync(_logs["access"], Cancellation));
    }

    [Fact]
    public async Task A_dash_is_standard_output()
    {
        await using var server = await StartAsync("--access-log", "-");
        await AskAsync(server, new HttpRequestMessage(HttpMethod.Get, "/x"));
        Assert.Matches(Combined(), await server.Process.Output.WaitForAsync("GET /x"));
    }

    [Fact]
    public async Task A_log_that_cannot_be_opened_is_an_error_at_the_start()
    {
        await RdApiProcess.FailsAsync(
            1, $"the access log {_logs["no/access"]} cannot be opened: ", "--port", "0", "--web-root", _root.Path, "--cache", _logs["c"], "--access-log", _logs["no/access"]);
    }

    [Fact]
    public async Task A_full_disk_costs_lines_and_no_downloads()
    {
        await using var server = await StartAsync("--access-log", "/dev/full");
        await AskAsync(server, new HttpRequestMessage(HttpMethod.Get, "/x"));
        await server.Process.Error.WaitForAsync("the access log /dev/full cannot be written");
        await AskAsync(server, new HttpRequestMessage(HttpMethod.Get, "/y"));
    }

    private Task<RdApiProcess> StartAsync(params string[] arguments) => RdApiProcess.StartAsync(_root.Path, arguments);

    private static async Task AskAsync(RdApiProcess server, HttpRequestMessage request)
    {
        using (var response = await server.Client.SendAsync(request, Cancellation))
            await response.Content.ReadAsByteArrayAsync(Cancellation);
    }

    // The line of a request is written after its response.
    private async Task<string[]> ReadAsync(int count)
    {
        await Eventually.IsTrueAsync(() => File.ReadAllLines(_logs["access"]).Length >= count, $"{count} lines are there");
        return await File.ReadAllLinesAsync(_logs["access"], Cancellation);
    }

    [GeneratedRegex(
        """^[0-9a-f.:]+ - [^ ]+ \[(?<time>[^\]]+)\] "[^"]*" [0-9]{3} (?<bytes>[0-9]+|-) "[^"]*" "[^"]*"$""",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Combined();
}

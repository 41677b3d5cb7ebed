using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Monitoring;

public sealed partial class MetricsTests : IDisposable
{
    private readonly TempFolder _root = new();
    private readonly TempFolder _work = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _root.Dispose();
        _work.Dispose();
    }

    [Fact]
    public async Task Requests_bytes_and_hashing_are_counted()
    {
        SampleFile.Create(_root["f"], 3_000_000);
        await using var server = await StartAsync();
        await server.Client.GetByteArrayAsync("/f", Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Client.GetAsync("/missing", Cancellation)).StatusCode);
        Assert.NotEmpty(await server.Client.StreamAsync("f").ToListAsync(Cancellation));

        var metrics = await ReadAsync(server);
        Assert.Equal(2, Value(metrics, "rd_api_requests_total{code=\"200\"}"));
        Assert.Equal(1, Value(metrics, "rd_api_requests_total{code=\"404\"}"));
        Assert.InRange(Value(metrics, "rd_api_response_bytes_total"), 3_000_000, 3_010_000);
        Assert.Equal(3, Value(metrics, "rd_api_first_byte_seconds_count"));
        Assert.Equal(0, Value(metrics, "rd_api_active_requests"));
        Assert.Equal(2, Value(metrics, "rd_api_hashed_blocks_total"));
        Assert.Equal(3_000_000, Value(metrics, "rd_api_hashed_bytes_total"));
        Assert.Equal(1, Value(metrics, "rd_api_digest_requests_total{source=\"hashing\"}"));
        Assert.Equal(1, Value(metrics, "rd_api_store_up"));
        Assert.Equal(1, Value(metrics, "rd_api_healthy"));
        Assert.Matches("rd_api_connections\\{congestion_control=\"[a-z]+\"\\} [1-9]", metrics);
        Assert.InRange(Value(metrics, "process_working_set_bytes"), 1 << 20, 1L << 40);
    }

    [Fact]
    public async Task Promtool_finds_nothing_wrong()
    {
        await using var server = await StartAsync();
        await server.Client.GetAsync("/", Cancellation);
        await File.WriteAllTextAsync(_work["metrics"], await ReadAsync(server), Cancellation);
        Assert.Equal("", await Tool.RunAsync(_work.Path, "sh", "-c", "promtool check metrics <metrics"));
    }

    [Fact]
    public async Task Files_and_metrics_have_addresses_of_their_own()
    {
        SampleFile.Create(_root["f"], 10);
        await using var server = await StartAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await server.Client.GetAsync("/metrics", Cancellation)).StatusCode);
        var metrics = await AddressAsync(server);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Client.GetAsync(new Uri(metrics, "/f"), Cancellation)).StatusCode);
    }

    [Theory]
    [InlineData("9182")]
    [InlineData("localhost:9182")]
    [InlineData("127.0.0.1")]
    public Task An_address_without_a_port_is_wrong_usage(string address) =>
        RdApiProcess.RefusesAsync("must be an address and a port", "--web-root", _root.Path, "--metrics-listen", address);

    [Fact]
    public async Task An_address_in_use_is_an_error_at_the_start()
    {
        await using var server = await StartAsync();
        var taken = await AddressAsync(server);
        await using var process = ProcessRunner.Start(
            "rd-api", ["--port", "0", "--web-root", _root.Path, "--cache", _work["c"], "--metrics-listen", taken.Authority]);
        var end = await process.EndAsync();
        Assert.Equal(1, end.ExitCode);
        Assert.Contains($"the metrics cannot be served at {taken.Authority}", end.Error);
    }

    [Fact]
    public Task An_address_of_another_machine_is_one_sentence_at_the_start() =>
        RdApiProcess.FailsAsync(
            1, "choose another address with --metrics-listen", "--port", "0", "--web-root", _root.Path, "--cache", _work["c"], "--metrics-listen", "192.0.2.1:9182");

    private Task<RdApiProcess> StartAsync() => RdApiProcess.StartAsync(_root.Path, "--metrics-listen", "127.0.0.1:0");

    private static async Task<Uri> AddressAsync(RdApiProcess server)
    {
        var line = await server.Process.Error.WaitForAsync("metrics at ");
        return new Uri(line[line.IndexOf("http", StringComparison.Ordinal)..].Split(',')[0]);
    }

    // The figures of a request follow its response.
    private static async Task<string> ReadAsync(RdApiProcess server)
    {
        var address = await AddressAsync(server);
        await Eventually.IsTrueAsync(
            async () => Value(await server.Client.GetStringAsync(address, Cancellation), "rd_api_active_requests") == 0, "no request is active");
        // Figures are not all of one moment.
        return await server.Client.GetStringAsync(address, Cancellation);
    }

    private static double Value(string metrics, string name) =>
        double.Parse(Regex.Match(metrics, $"^{Regex.Escape(name)} (.+)$", RegexOptions.Multiline, TimeSpan.FromMinutes(1)).Groups[1].Value, CultureInfo.InvariantCulture);
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>The limits that rd is given hold over the wire.</summary>
public sealed class LimitOptionTests : IAsyncDisposable
{
    private const int Size = 3 << 19;

    private readonly TempFolder _folder = new();
    private readonly TempFolder _root = new();
    private WebServer? _server;
    private Relay? _line;

    [Theory]
    [InlineData("1.5M", 1)]
    [InlineData("1536K", 8)]
    [InlineData("1572864", 2)]
    public async Task The_rate_is_that_of_all_connections_together(string rate, int connections)
    {
        var url = await StartAsync();
        var took = Stopwatch.StartNew();

        var end = await RdProcess.RunAsync(_folder, "--allow-unproven", "--limit-rate", rate, "-w", $"{connections}", url);

        Assert.True(end.ExitCode == 0, end.Error);
        // How much longer it takes than a second is up to the machine; LimitTests looks more closely.
        Assert.InRange(took.Elapsed.TotalSeconds, 0.94, double.MaxValue);
    }

    [Fact]
    public async Task The_limit_of_time_holds_for_all_files_together_and_what_came_is_kept()
    {
        var url = await StartAsync();

        // Long enough for a program to start and fetch something, if need be at another try, and too short for all.
        var (end, limit) = (default(RdEnd), 1);
        await Eventually.IsTrueAsync(
            async () =>
            {
                limit *= 2;
                end = await RdProcess.RunAsync(_folder, "--allow-unproven", "--limit-rate", "100K", "--max-time", $"{limit}", url, $"{url}2");
                return File.Exists(_folder[".blocks/f/journal"]) && File.ReadLines(_folder[".blocks/f/journal"]).Any(row => row.Length > 0 && char.IsAsciiDigit(row[0]));
            },
            "something came");
        var again = await RdProcess.RunAsync(_folder, "--allow-unproven", url);

        Assert.Equal(4, end!.ExitCode);
        Assert.Equal(3, end.Error.Split("--max-time").Length);
        Assert.Contains("of it from before", again.Error);
        Assert.Equal(0, again.ExitCode);
    }

    [Theory]
    [InlineData("file.bin")]
    [InlineData("folder/", "-r")]
    public async Task Who_runs_out_of_time_is_told_what_kept_it(string path, params string[] options)
    {
        // Nobody else gets the port, and nobody listens.
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        // A busy machine may need longer than the first limit to ask at all.
        var (end, limit) = (default(RdEnd), 0.5);
        await Eventually.IsTrueAsync(
            async () =>
            {
                limit *= 2;
                end = await RdProcess.RunAsync(_folder, [.. options, "--max-time", $"{limit}", $"http://{closed.LocalEndPoint}/{path}"]);
                return end.Error.Split('\n').Single(line => line.Contains("--max-time", StringComparison.Ordinal)).Contains("refused the connection", StringComparison.Ordinal);
            },
            "the reason is told in the same sentence");

        Assert.Equal(4, end!.ExitCode);
    }

    [Theory]
    [InlineData("/x.meta4")]
    [InlineData("/file.bin", "verify", "file.bin", "--from")]
    public async Task The_limit_of_time_holds_for_what_fetches_no_file(string path, params string[] command)
    {
        await using var server = await ScriptedServer.StartAsync([]);
        server.Beside["/x.meta4"] = ScriptedServer.HoldAsync;
        server.OnMetadata = async (context, _) =>
        {
            await ScriptedServer.HoldAsync(context);
            return true;
        };
        await File.WriteAllTextAsync(_folder["file.bin"], "", TestContext.Current.CancellationToken);

        var end = await RdProcess.RunAsync(_folder, [.. command, $"{new Uri(server.Url, path)}", "--max-time", "0.2"]);

        Assert.Equal((4, true), (end.ExitCode, end.Error.Contains("(--max-time)", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Zero_is_no_limit_as_with_curl_and_auto_is_a_number_of_connections()
    {
        var url = await StartAsync();
        var end = await RdProcess.RunAsync(_folder, "--allow-unproven", "--limit-rate", "0", "--max-time", "0", "--connect-timeout", "0", "-w", "auto", url);
        Assert.True(end.ExitCode == 0, end.Error);
    }

    [Fact]
    public async Task Only_addresses_of_the_wanted_family_are_connected_to()
    {
        var url = await StartAsync();
        var six = await RdProcess.RunAsync(_folder, "-6", url);
        var four = await RdProcess.RunAsync(_folder, "-4", "--allow-unproven", url.Replace("127.0.0.1", "localhost", StringComparison.Ordinal));

        Assert.Equal(4, six.ExitCode);
        Assert.Contains("has no address of the family that may be used; leave out -4 or -6", six.Error);
        Assert.Equal(0, four.ExitCode);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_given_up_after_the_time_to_connect()
    {
        // An address that nobody may have (RFC 5737); without any route the answer is another one.
        var took = Stopwatch.StartNew();
        var end = await RdProcess.RunAsync(_folder, "-r", "1", "--connect-timeout", "0.4", "http://192.0.2.1/f");
        Assert.Equal(4, end.ExitCode);
        // The usual time is 10 s.
        Assert.InRange(took.Elapsed.TotalSeconds, 0, 9.5);
    }

    public async ValueTask DisposeAsync()
    {
        if (_line is not null)
            await _line.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
        _root.Dispose();
        _folder.Dispose();
    }

    private async Task<string> StartAsync()
    {
        SampleFile.Create(_root["f"], Size);
        SampleFile.Create(_root["f2"], Size);
        _server = await WebServer.NginxAsync($"root {_root.Path};");
        _line = Relay.To(_server.EndPoint, _ => RelayScript.Clean);
        return _line.Through(new Uri("http://127.0.0.1/f")).AbsoluteUri;
    }
}

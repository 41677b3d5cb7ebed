using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>The configurations of nginx and Varnish that docs/fleet.md shows, as a cache in front of two real rd-api.</summary>
public sealed partial class CacheTests : IAsyncLifetime
{
    private const int Size = (6 << 20) + 123;

    private readonly TempFolder _folder = new();
    private readonly TempFolder _logs = new();
    private readonly List<RdApiProcess> _replicas = [];
    private WebServer? _cache;
    private Relay? _line;
    private byte[] _content = [];

    private string Url => $"{_line!.Through(new Uri("http://127.0.0.1/big.iso"))}";

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_folder["root"]);
        foreach (var name in (string[])["a", "b"])
            _replicas.Add(await RdApiProcess.StartAsync(_folder["root"], "--access-log", _logs[name]));
    }

    public async ValueTask DisposeAsync()
    {
        if (_line is not null)
            await _line.DisposeAsync();
        if (_cache is not null)
            await _cache.DisposeAsync();
        foreach (var replica in _replicas)
            await replica.DisposeAsync();
        _logs.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("vcl")]
    public async Task The_second_client_costs_the_replicas_no_byte_and_an_outage_of_all_does_not_stop_a_third(string cache)
    {
        await StartAsync(cache);
        await ChangeAsync(Size);
        await DownloadAsync("first");
        var asked = await RequestsAsync("a");
        await DownloadAsync("second");
        Assert.Equal(asked, await RequestsAsync("b"));
        foreach (var replica in _replicas)
        {
            replica.Process.Send(Signal.Kill);
            await replica.Process.WaitForExitAsync();
        }

        await DownloadAsync("third");
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("vcl")]
    public async Task A_changed_file_arrives_as_it_is_now_although_the_cache_has_bytes_of_the_older_one(string cache)
    {
        await StartAsync(cache);
        await ChangeAsync(Size);
        await DownloadAsync("first");
        var asked = await RequestsAsync("a");
        await DownloadAsync("from the cache");
        Assert.Equal(asked, await RequestsAsync("b"));
        await ChangeAsync(Size);
        await DownloadAsync("changed");
        await ChangeAsync(Size - 1000);
        await DownloadAsync("shorter");
    }

    [Fact]
    public async Task Old_metadata_is_given_for_seconds_only_while_the_cache_waits_for_a_replica_that_is_silent()
    {
        await StartAsync("nginx");
        await ChangeAsync(Size);
        foreach (var replica in _replicas)
            replica.Process.Send(Signal.Stop);
        using var client = new HttpClient { BaseAddress = new Uri(Url), Timeout = TimeSpan.FromSeconds(1) };
        // The first to ask waits for the replica; what do the others get meanwhile?
        await Eventually.IsTrueAsync(
            async () => !(await Task.WhenAll(IsAnsweredAsync(client), IsAnsweredAsync(client))).Contains(true),
            "nobody gets the older metadata any more");
        foreach (var replica in _replicas)
            replica.Process.Send(Signal.Continue);
    }

    [Fact]
    public async Task Metadata_that_has_not_changed_is_asked_for_anew_but_not_sent_again()
    {
        await StartAsync("nginx");
        await ChangeAsync(Size);
        using var client = new HttpClient { BaseAddress = new Uri(Url) };
        await Eventually.IsTrueAsync(
            async () => await KnowsAllAsync(client)
                && Directory.GetFiles(_logs.Path).Any(log => File.ReadLines(log).Any(line => line.Contains(" /rd/big.iso", StringComparison.Ordinal) && line.Contains("\" 304 ", StringComparison.Ordinal))),
            "a replica has said that nothing has changed");
        await DownloadAsync("afterwards");
    }

    private static async Task<bool> IsAnsweredAsync(HttpClient client)
    {
        try
        {
            return await KnowsAllAsync(client);
        }
        catch (TaskCanceledException)
        {
            return false;
        }
    }

    /// <param name="language">That of its configuration.</param>
    private async Task StartAsync(string language)
    {
        var examples = Example().Matches(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs/fleet.md")));
        var configuration = examples.Single(example => example.Groups["language"].Value == language).Groups["text"].Value.Replace("/var/cache/nginx/rd", _folder["cache"]);
        foreach (var (replica, host) in _replicas.Zip((string[])["192.0.2.11", "192.0.2.12"]))
        {
            configuration = configuration.Replace($"{host}:8082", replica.BaseAddress.Authority)
                .Replace($"\"{host}\"; .port = \"8082\"", $"\"{replica.BaseAddress.Host}\"; .port = \"{replica.BaseAddress.Port}\"");
        }

        var server = configuration.IndexOf("\nserver {", StringComparison.Ordinal);
        _cache = language == "vcl" ? await WebServer.VarnishAsync(configuration)
            : await WebServer.NginxAsync(configuration[(server + "\nserver {".Length)..configuration.LastIndexOf('}')].Replace("listen 80;", ""), configuration[..server]);
        _line = Relay.To(_cache.EndPoint, static _ => RelayScript.Clean);
    }

    /// <summary>Another file, whose metadata the cache has.</summary>
    private async Task ChangeAsync(int size)
    {
        Write(size);
        foreach (var replica in _replicas)
            await Eventually.IsTrueAsync(() => KnowsAllAsync(replica.Client), "the file has settled and its digests are known");
        // Else the older one would be given, whole and proven, for the seconds that metadata may be kept.
        using var client = new HttpClient { BaseAddress = new Uri(Url) };
        client.DefaultRequestHeaders.CacheControl = new CacheControlHeaderValue { MaxAge = TimeSpan.Zero };
        Assert.True(await KnowsAllAsync(client));
    }

    private void Write(int size)
    {
        _content = new byte[size];
        Random.Shared.NextBytes(_content);
        File.WriteAllBytes(_folder["root/next"], _content);
        // Each version has its own time, and none is so young that its digests are not kept.
        File.SetLastWriteTimeUtc(_folder["root/next"], TimeProvider.System.GetUtcNow().UtcDateTime - TimeSpan.FromHours(1));
        File.Move(_folder["root/next"], _folder["root/big.iso"], overwrite: true);
    }

    private async Task DownloadAsync(string name)
    {
        var end = await RdProcess.RunAsync(_folder, "-O", name, Url);
        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Equal(_content, await File.ReadAllBytesAsync(_folder[name], TestContext.Current.CancellationToken));
    }

    private static async Task<bool> KnowsAllAsync(HttpClient client)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/rd/big.iso?digest=sha-256");
        // As rd asks, as the cache keeps an answer for each form.
        request.Headers.Accept.ParseAdd("application/x-ndjson, application/json;q=0.5");
        using var response = await client.SendAsync(request);
        return response.Headers.ETag is not null;
    }

    /// <summary>How many requests for the file the replicas have logged. Those for its metadata depend on the time: a cache keeps that for seconds.</summary>
    private async Task<int> RequestsAsync(string mark)
    {
        // They log in the background, in order.
        foreach (var replica in _replicas)
            (await replica.Client.GetAsync($"mark-{mark}")).Dispose();
        var logs = Directory.GetFiles(_logs.Path);
        await Eventually.IsTrueAsync(() => logs.All(log => File.ReadLines(log).Any(line => line.Contains($"mark-{mark}", StringComparison.Ordinal))), "the replicas have logged it");
        return logs.Sum(log => File.ReadLines(log).Count(line => line.Contains(" /big.iso", StringComparison.Ordinal)));
    }

    [GeneratedRegex("```(?<language>nginx|vcl)\n(?<text>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Example();
}

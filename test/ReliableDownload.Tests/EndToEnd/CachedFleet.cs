using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>Two real rd-api behind nginx or Varnish, with the configuration that docs/fleet.md shows, and a file of theirs.</summary>
internal sealed partial class CachedFleet : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TempFolder _logs = new();
    private readonly List<RdApiProcess> _replicas = [];
    private WebServer? _cache;
    private Relay? _line;
    private byte[] _content = [];

    /// <summary>Of the file, at the cache.</summary>
    public string Url => $"{_line!.Through(new Uri("http://127.0.0.1/big.iso"))}";

    /// <param name="language">That of the cache's configuration.</param>
    /// <param name="arguments">More of them for the replicas.</param>
    public static async Task<CachedFleet> StartAsync(string language, params string[] arguments)
    {
        var fleet = new CachedFleet();
        try
        {
            Directory.CreateDirectory(fleet._folder["root"]);
            foreach (var name in (string[])["a", "b"])
                fleet._replicas.Add(await RdApiProcess.StartAsync(fleet._folder["root"], ["--access-log", fleet._logs[name], .. arguments]));
            await fleet.StartCacheAsync(language);
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    /// <summary>A signal to all replicas.</summary>
    public void Send(Signal signal)
    {
        foreach (var replica in _replicas)
            replica.Process.Send(signal);
    }

    /// <summary>Kills all replicas.</summary>
    public async Task KillAsync()
    {
        Send(Signal.Kill);
        foreach (var replica in _replicas)
            await replica.Process.WaitForExitAsync();
    }

    /// <summary>Whether a replica has logged a request for the file's metadata that it answered with 304.</summary>
    public bool HasSaidUnchanged() => Directory.GetFiles(_logs.Path)
        .Any(log => File.ReadLines(log).Any(line => line.Contains(" /rd/big.iso", StringComparison.Ordinal) && line.Contains("\" 304 ", StringComparison.Ordinal)));

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

    /// <summary>Another file, whose metadata the cache has.</summary>
    public async Task ChangeAsync(int size)
    {
        Write(size);
        foreach (var replica in _replicas)
            await Eventually.IsTrueAsync(() => KnowsAllAsync(replica.Client), "the file has settled and its digests are known");
        // Else the older one would be given, whole and proven, for the seconds that metadata may be kept.
        using var client = new HttpClient { BaseAddress = new Uri(Url) };
        client.DefaultRequestHeaders.CacheControl = new CacheControlHeaderValue { MaxAge = TimeSpan.Zero };
        Assert.True(await KnowsAllAsync(client));
    }

    private async Task StartCacheAsync(string language)
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

    /// <summary>A request for the file, or the folder that it is in, by the cache.</summary>
    /// <param name="target">The path and the query.</param>
    public async Task<(HttpStatusCode Status, string? Cookie)> AskAsync(string target, string? cookie = null)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseCookies = false });
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(new Uri(Url), target));
        if (cookie is not null)
            request.Headers.Add("Cookie", cookie);
        using var answer = await client.SendAsync(request);
        return (answer.StatusCode, answer.Headers.TryGetValues("Set-Cookie", out var set) ? set.Single().Split(';')[0] : null);
    }

    /// <summary>Another file that has settled, without anybody asking the cache for it.</summary>
    /// <param name="query">That of a link to it, if it needs one.</param>
    public async Task PlaceAsync(int size, string query)
    {
        Write(size);
        foreach (var replica in _replicas)
            await Eventually.IsTrueAsync(async () => (await replica.Client.GetAsync($"big.iso?{query}")).Headers.ETag is { IsWeak: false }, "the file has settled");
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

    public async Task DownloadAsync(string name)
    {
        var end = await RdProcess.RunAsync(_folder, "-O", name, Url);
        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Equal(_content, await File.ReadAllBytesAsync(_folder[name], TestContext.Current.CancellationToken));
    }

    public static async Task<bool> KnowsAllAsync(HttpClient client)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/rd/big.iso?digest=sha-256");
        // As rd asks, as the cache keeps an answer for each form.
        request.Headers.Accept.ParseAdd("application/x-ndjson, application/json;q=0.5");
        using var response = await client.SendAsync(request);
        return response.Headers.ETag is not null;
    }

    /// <summary>How many requests for the file the replicas have logged. Those for its metadata depend on the time: a cache keeps that for seconds.</summary>
    public async Task<int> RequestsAsync(string mark)
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

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hosting;
using ReliableDownload.Api.Sending;

namespace ReliableDownload.Api;

/// <summary>Runs the server, from its options to the signal that stops it. One per process.</summary>
internal sealed class Server(IWebRoot root, ILogger log)
{
    private static readonly TimeSpan CacheLimit = TimeSpan.FromSeconds(2);

    /// <param name="options">What to serve, and how.</param>
    /// <param name="readAgain">Reads the options again, from where they came from.</param>
    /// <exception cref="CannotStartException">The folder cannot be served, or the address cannot be listened on.</exception>
    public static async Task RunAsync(RdApiOptions options, Func<RdApiOptions?> readAgain)
    {
        if (RootCheck.Problem(options) is { } problem)
            throw new CannotStartException(problem);
        if (options.Redis is null && await CacheRefusalAsync(options.CacheFile) is { } refusal)
            throw new CannotStartException($"{options.CacheFile} {refusal} and is left alone: choose another file with --cache");
        EventThread.Use(options);
        var passed = PassedSockets.Read(Environment.GetEnvironmentVariable, Environment.ProcessId);
        await using var app = Composition.Build(options, await ListenAddress.AllAsync(options, passed, CancellationToken.None), readAgain);
        await app.StartAsync();
        app.Services.GetRequiredService<Server>().TellAddresses(options, app.Urls);
        await app.WaitForShutdownAsync();
    }

    // On another thread and with a short limit: the cache's file system may hang, and the server can run without it.
    internal static async Task<string?> CacheRefusalAsync(string file)
    {
        try
        {
            return await Task.Run(() => CacheFile.Refusal(file)).WaitAsync(CacheLimit);
        }
        catch (Exception error) when (error is TimeoutException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private void TellAddresses(RdApiOptions options, ICollection<string> urls)
    {
        var redirecting = options.Tls is null ? [] : urls.Where(url => url.StartsWith("http:", StringComparison.Ordinal)).ToList();
        log.Serving(options.ServedName, Listed(urls.Except(redirecting, StringComparer.Ordinal)), options.CacheName);
        if (redirecting.Count > 0)
            log.Redirecting(Listed(redirecting));
        if (!RootCheck.CanBeListed(root))
            log.CannotList(options.WebRoot);
    }

    private static string Listed(IEnumerable<string> urls) => string.Join(" and ", urls.Select(Shown));

    // Kestrel writes http://unix:/run/rd-api.sock, which no client takes.
    private static string Shown(string url) => url.IndexOf("://unix:", StringComparison.Ordinal) is > 0 and var scheme ? url[(scheme + "://".Length)..] : $"{url}/";
}

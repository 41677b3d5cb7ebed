using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using ReliableDownload.Api.Access;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hosting;
using ReliableDownload.Api.Monitoring;
using ReliableDownload.Api.Redis;
using ReliableDownload.Api.Tls;

namespace ReliableDownload.Api.Checking;

/// <summary>Tries what the server needs at its start, one after the other.</summary>
internal sealed class StartCheck(RdApiOptions options)
{
    /// <summary>What was tried, and what is wrong with it, without a full stop; null if nothing is.</summary>
    public async IAsyncEnumerable<(string What, string? Problem)> RunAsync()
    {
        yield return ($"{options.ServedName} can be served", RootCheck.Problem(options));
        if (options.Redis is { } redis)
            yield return (await RedisAsync(redis), null);
        else
            yield return ($"the digest cache {options.CacheFile} can be used", await CacheAsync());
        if (options.Tls is { } tls)
            yield return ($"the certificate {tls.CertificateFile} and its key belong together", Certificate(tls));
        if (options.Access is { } access)
            yield return ("the files that say who may download are understood", Access(access));
        if (options.AccessLog is { } log && log != AccessLog.StandardOutput)
            yield return ($"the access log {log} can be written", AccessLogProblem(log));
        foreach (var address in await AddressesAsync())
            yield return address;
    }

    // SQLite is not asked: it would make files that belong to who checks, not to the user of the service.
    private async Task<string?> CacheAsync() => await Server.CacheRefusalAsync(options.CacheFile) is { } refusal
        ? $"{options.CacheFile} {refusal} and is left alone: choose another file with --cache"
        : CanBeWritten(options.CacheFile, "digest cache", "--cache");

    // Without it the server starts all the same.
    private static async Task<string> RedisAsync(RedisOptions redis)
    {
        await using var store = new RedisDigestStore(new RedisConnection(redis, TimeProvider.System));
        try
        {
            await store.OpenAsync(CancellationToken.None);
            return $"{redis.Name} answers";
        }
        catch (DigestStoreException error)
        {
            return $"the server can start without its digest cache, which cannot be used now: {error.Message}";
        }
    }

    private static string? Certificate(TlsOptions tls)
    {
        string? problem = null;
        var authority = tls.ClientAuthorityFile is { } file ? ClientAuthority.Load(file, out problem) : null;
        if (problem is not null || ServerCertificate.Load(tls, authority?.CustomTrustStore, out problem) is not { TargetCertificate: var certificate })
            return problem;
        return certificate.NotAfter < TimeProvider.System.GetLocalNow().DateTime ? Expired(tls, certificate) : null;
    }

    private static string Expired(TlsOptions tls, X509Certificate2 certificate) =>
        $"the certificate {tls.CertificateFile} expired on {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC: clients will refuse it";

    private static string? Access(AccessOptions access)
    {
        _ = AccessFiles.Load(access, out var problem);
        return problem;
    }

    private static string? AccessLogProblem(string log) => Directory.Exists(Path.GetDirectoryName(log))
        ? CanBeWritten(log, "access log", "--access-log")
        : $"the folder of the access log {log} does not exist: make it, or choose another file with --access-log";

    /// <summary>Nothing is left of it if it was not there.</summary>
    private static string? CanBeWritten(string path, string what, string option)
    {
        try
        {
            var (mode, options) = Path.Exists(path) ? (FileMode.Open, FileOptions.None) : (FileMode.CreateNew, FileOptions.DeleteOnClose);
            if (mode == FileMode.Open || Directory.Exists(Path.GetDirectoryName(path)))
                new FileStream(path, mode, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, options).Dispose();
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"the {what} {path} cannot be written: {error.Message.TrimEnd('.')}; choose another file with {option}";
        }
    }

    private async Task<IReadOnlyList<(string What, string? Problem)>> AddressesAsync()
    {
        var results = new List<(string, string?)>();
        using var bound = new BoundAddresses();
        try
        {
            var passed = PassedSockets.Read(Environment.GetEnvironmentVariable, Environment.ProcessId);
            foreach (var point in await ListenAddress.AllAsync(options, passed, CancellationToken.None))
                results.Add(await AddressAsync(point, bound, () => RunningServer.IsAtAsync(point, options)));
            if (options.MetricsListen is { } metrics)
                results.Add(await AddressAsync(new ListenPoint(metrics) { HostOption = "--metrics-listen", PortOption = "--metrics-listen" }, bound, () => RunningServer.HasMetricsAtAsync(metrics)));
        }
        catch (CannotStartException error)
        {
            results.Add(("", error.Message));
        }

        return results;
    }

    private async Task<(string What, string? Problem)> AddressAsync(ListenPoint point, BoundAddresses bound, Func<Task<bool>> isOwnAsync)
    {
        try
        {
            bound.Add(ListenSocket.Bind(point, options.CongestionControl));
            return ($"{point.EndPoint} is free", null);
        }
        catch (CannotStartException error)
        {
            // Whoever changes the options of a server that runs wants to know whether it would start again.
            var isInUse = error is { InnerException: null or SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } };
            if (isInUse && bound.Contains(point.EndPoint))
                return ("", $"{point.EndPoint} is to be listened at twice: choose another port with {point.PortOption}, or leave one out");
            var isOwn = isInUse && await isOwnAsync();
            return isOwn ? ($"{point.EndPoint} is that of an rd-api that runs", null) : ("", error.Message);
        }
    }
}

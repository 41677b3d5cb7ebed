using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ReliableDownload.Api.Access;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Fleet;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Headers;
using ReliableDownload.Api.Hosting;
using ReliableDownload.Api.Limiting;
using ReliableDownload.Api.Listing;
using ReliableDownload.Api.Metadata;
using ReliableDownload.Api.Monitoring;
using ReliableDownload.Api.Proof;
using ReliableDownload.Api.Redis;
using ReliableDownload.Api.Routing;
using ReliableDownload.Api.Search;
using ReliableDownload.Api.Sending;
using ReliableDownload.Api.Tls;
using ReliableDownload.Api.Trees;

namespace ReliableDownload.Api;

/// <summary>Puts the server together: the only place that knows all of its parts.</summary>
internal static class Composition
{
    /// <param name="listenPoints">Where to listen.</param>
    /// <param name="readAgain">Reads the options again; null if they cannot change.</param>
    public static WebApplication Build(RdApiOptions options, IReadOnlyList<ListenPoint> listenPoints, Func<RdApiOptions?>? readAgain = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "rd-api" });
        ConsoleLog.AddTo(builder.Services, options, options.Verbose ? LogLevel.Debug : LogLevel.Information);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, options, listenPoints));

        var services = builder.Services;
        services.AddSingleton(options);
        services.AddSingleton(new CurrentOptions(options));
        services.AddSingleton<IReloadable>(static provider => provider.GetRequiredService<CurrentOptions>());
        if (options.CanReload && readAgain is not null)
        {
            services.AddSingleton(readAgain);
            services.AddSingleton<ConfigReload>();
        }

        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IHostLifetime, StopSignals>();
        services.Configure<SocketTransportOptions>(transport =>
        {
            transport.CreateBoundListenSocket = endPoint =>
                ListenSocket.Bind(listenPoints.FirstOrDefault(point => point.EndPoint.Equals(endPoint)) ?? new ListenPoint(endPoint), options.CongestionControl);
            transport.UnsafePreferInlineScheduling = EventThread.IsUsed(options);
        });
        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.Limits.Stop);
        services.AddSingleton(provider => WebRoot.Open(options, provider.GetRequiredService<ILogger>()));
        services.AddSingleton<ConnectionRoom>();
        services.AddSingleton<FurtherRequests>();
        services.AddSingleton<PlainTarget>();
        services.AddSingleton<PassedListeners>();
        services.AddLimits(options);
        services.AddSingleton<IConnectionListenerFactory, BoundedListener.Factory>();
        services.AddSingleton<Server>();
        services.AddSingleton(static provider => new Gate(
            provider.GetRequiredService<FileEndpoint>(), provider.GetRequiredService<Views>(), provider.GetRequiredService<RequestBoundary>(), provider.GetService<AccessControl>()));
        services.AddSingleton<RequestBoundary>();
        services.AddSingleton<Endpoints>();
        services.AddSingleton<Vitals>();
        services.AddSingleton<Health>();
        services.AddSingleton<Readiness>();
        services.AddSingleton<FileResponse>();
        services.AddListing();
        services.AddHeaders();
        services.AddSearch();
        services.AddSingleton(new FolderSnapshots(TimeProvider.System, options.Limits.Listings));
        services.AddSingleton<FileEndpoint>();
        services.AddProof();
        AddDigests(services, options);
        services.AddTrees();
        services.AddMonitoring(options);
        services.AddTls(options);
        services.AddAccess(options);

        var app = builder.Build();
        RequestPipeline.Add(app, options, listenPoints);
        return app;
    }

    /// <summary>What hashes and keeps digests, for the server and for <c>rd-api hash</c>.</summary>
    public static void AddDigests(IServiceCollection services, RdApiOptions options)
    {
        services.AddSingleton(static provider => new RedisConnection(provider.GetRequiredService<RdApiOptions>().Redis!, TimeProvider.System));
        services.AddSingleton<IDigestStore>(static provider => provider.GetRequiredService<RdApiOptions>() switch
        {
            { Redis: not null } => new RedisDigestStore(provider.GetRequiredService<RedisConnection>()),
            var options => new SqliteDigestStore(
                options.CacheFile, TimeProvider.System, provider.GetRequiredService<ILogger>()),
        });
        services.AddSingleton<DigestMemory>();
        services.AddSingleton<HashQueue>();
        services.AddSingleton<FetchedPages>();
        services.AddSingleton<UnstoredJobs>();
        services.AddSingleton<UnstoredFiles>();
        services.AddSingleton(new FileDigestMemory());
        services.AddSingleton<HashJobs>();
        services.AddSingleton<StoreAccess>();
        services.AddSingleton<Supervisor>();
        services.AddSingleton<Recalls>();
        services.AddSingleton<WholeDigests>();
        services.AddSingleton<FileVersions>();
        services.AddSingleton<MetadataStream>();
        services.AddSingleton<MetadataCaching>();
        services.AddSingleton<MetadataEndpoint>();
        // Stopped in reverse order, so that what the workers finish last is still stored.
        services.AddHostedService<PoolThreads>();
        services.AddHostedService<DigestWriter>();
        services.AddHostedService<DigestLookups>();
        services.AddHostedService(static provider => provider.GetRequiredService<Recalls>());
        services.AddFleet(options);
        services.AddHostedService<HashWorkers>();
    }

    private static void Configure(KestrelServerOptions kestrel, RdApiOptions options, IReadOnlyList<ListenPoint> listenPoints)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = 0;
        kestrel.Limits.Http2.MaxStreamsPerConnection = Limits.StreamsOfConnection;
        // For connections without a StallWatch. Each flush gets the grace period; the rate is so high that no flush adds time for later ones.
        kestrel.Limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 1e12, gracePeriod: options.Limits.Stall);
        foreach (var point in listenPoints)
            kestrel.Listen(point.EndPoint, listen => ConnectionPipeline.Add(listen, options, point));
    }
}

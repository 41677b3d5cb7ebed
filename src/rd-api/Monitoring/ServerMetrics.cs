using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Prometheus;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Hosting;

namespace ReliableDownload.Api.Monitoring;

/// <summary>The server's figures for Prometheus. Names and units follow its conventions (prometheus.io/docs/practices/naming). Thread-safe.</summary>
internal sealed class ServerMetrics : IRequestObserver
{
    private readonly CollectorRegistry _registry = Metrics.NewCustomRegistry();
    private readonly Counter _requests;
    private readonly Counter _bytes;
    private readonly Gauge _active;
    private readonly Histogram _toFirstByte;
    private readonly Gauge _connections;

    public ServerMetrics(HashJobs jobs, StoreAccess store, Vitals vitals)
    {
        var factory = Metrics.WithCustomRegistry(_registry);
        _requests = factory.CreateCounter("rd_api_requests_total", "Requests that have ended, by status code.", "code");
        _bytes = factory.CreateCounter("rd_api_response_bytes_total", "Bytes of bodies that were sent.");
        _active = factory.CreateGauge("rd_api_active_requests", "Requests that are being answered.");
        _toFirstByte = factory.CreateHistogram(
            "rd_api_first_byte_seconds",
            "From a request to the first byte of its response.",
            new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(0.0005, 2, 16) });
        _connections = factory.CreateGauge("rd_api_connections", "Open connections, by the congestion control that sends.", "congestion_control");

        var jobCount = factory.CreateGauge("rd_api_hash_jobs", "Files whose digests are being calculated or are waiting for it.");
        var hashedBlocks = factory.CreateCounter("rd_api_hashed_blocks_total", "Blocks that were hashed.");
        var hashedBytes = factory.CreateCounter("rd_api_hashed_bytes_total", "Bytes of these blocks.");
        var asked = factory.CreateCounter(
            "rd_api_digest_requests_total", "Requests for a file's digests, by where they come from: memory, store, or hashing.", "source");
        var storeIsUp = factory.CreateGauge("rd_api_store_up", "1 while the digest cache can be used, else 0.");
        var isWell = factory.CreateGauge("rd_api_healthy", "1 while no part of the server has failed, else 0.");
        DotNetStats.Register(_registry);
        _registry.AddBeforeCollectCallback(() =>
        {
            var counts = jobs.Counts;
            jobCount.Set(counts.Jobs);
            hashedBlocks.IncTo(counts.HashedBlocks);
            hashedBytes.IncTo(counts.HashedBytes);
            asked.WithLabels("memory").IncTo(counts.FromMemory);
            asked.WithLabels("store").IncTo(counts.FromStore);
            asked.WithLabels("hashing").IncTo(counts.FromHashing);
            storeIsUp.Set(store.IsAway ? 0 : 1);
            isWell.Set(vitals.IsWell ? 1 : 0);
        });
    }

    public void Begin(ActiveRequest request) => _active.Inc();

    public void End(ActiveRequest request, in RequestRecord record)
    {
        _requests.WithLabels(record.Status.ToString(System.Globalization.CultureInfo.InvariantCulture)).Inc();
        if (record.Bytes is { } bytes)
            _bytes.Inc(bytes);
        if (record.ToFirstByte is { } wait)
            _toFirstByte.Observe(wait.TotalSeconds);
        // The last: where no request is active, all are counted.
        _active.Dec();
    }

    /// <summary>Connection middleware that counts connections; after the one that chooses the congestion control.</summary>
    public ConnectionDelegate Around(ConnectionDelegate next) => async connection =>
    {
        var socket = connection.Features.Get<IConnectionSocketFeature>()?.Socket;
        using var _ = _connections.WithLabels(socket is null or { AddressFamily: AddressFamily.Unix } ? "" : CongestionControl.Name(socket)).TrackInProgress();
        await next(connection);
    };

    /// <summary>Writes all figures in Prometheus' text format.</summary>
    public Task WriteAsync(Stream output, CancellationToken cancellationToken) => _registry.CollectAndExportAsTextAsync(output, cancellationToken);
}

using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using ReliableDownload.Api;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Protocol;

namespace ReliableDownload.Tests.RdApi.Hashing;

/// <summary>A client that distrusts digests has files hashed again, but keeps nobody busy with it.</summary>
public sealed class RenewalTests
{
    private static readonly IPAddress Client = IPAddress.Parse("192.0.2.1");

    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly HashJobs _jobs;

    public RenewalTests() =>
        _jobs = new HashJobs(new HashQueue(_time), new DigestMemory(), new FileDigestMemory(1), new UnstoredJobs(), _time, NullLogger<HashJobs>.Instance);

    [Fact]
    public void A_client_has_few_files_hashed_again_at_a_time()
    {
        for (var file = 1; file <= Limits.RenewalsOfClient; file++)
            Assert.True(Ask(file, Client).IsRenewal);
        // They take longer than a minute.
        _time.Advance(Limits.Renewal * 2);
        Assert.False(Ask(100, Client).IsRenewal);
        Assert.True(Ask(101, IPAddress.Parse("192.0.2.2")).IsRenewal);
    }

    [Fact]
    public void What_takes_long_is_hashed_again_less_often()
    {
        Hash(Ask(1, Client), TimeSpan.FromMinutes(10));
        _time.Advance(TimeSpan.FromMinutes(99));
        Assert.True(TryAsk(1, Client) is null);
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.True(Ask(1, Client).IsRenewal);
    }

    [Fact]
    public void What_takes_no_time_is_hashed_again_once_a_minute()
    {
        Hash(Ask(1, Client), TimeSpan.Zero);
        Assert.True(TryAsk(1, Client) is null);
        _time.Advance(Limits.Renewal + TimeSpan.FromSeconds(1));
        Assert.True(Ask(1, Client).IsRenewal);
    }

    private void Hash(HashJob job, TimeSpan duration)
    {
        _jobs.Begin(job);
        var claim = job.TryClaim(1)!.Value;
        _time.Advance(duration);
        _jobs.Finish(claim, new byte[32]);
    }

    private HashJob Ask(int file, IPAddress client) => TryAsk(file, client) ?? throw new InvalidOperationException("there is no job");

    /// <summary>The job that is made for a client that distrusts a file's digests; null if they are known.</summary>
    private HashJob? TryAsk(int file, IPAddress client)
    {
        var key = new DigestKey($"/{file}", new FileIdentity(1, 1, (ulong)file, 1), 1 << 20, DigestAlgorithm.Sha256);
        _jobs.Ask(new DigestRequest(key, new RequestPath("file"u8.ToArray()), client, IsDistrustful: true));
        return _jobs.Arrivals.TryRead(out var job) ? job : null;
    }
}

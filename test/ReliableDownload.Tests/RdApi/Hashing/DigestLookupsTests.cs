using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Hosting;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Hashing;

/// <summary>A store that fails or hangs costs hashing, and nobody waits for ever.</summary>
public sealed class DigestLookupsTests
{
    private readonly ManualTime _time = new();
    private readonly Vitals _vitals = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_lookup_that_breaks_begins_its_job_with_nothing_and_the_next_ones_go_on()
    {
        await AssertAllBeginAsync(
            files: 3, number => throw (number == 1 ? new InvalidOperationException("The library is confused.") : new DigestStoreException("away")));
        Assert.True(_vitals.IsWell);
    }

    [Fact]
    public async Task Lookups_that_hang_begin_their_jobs_after_a_while_and_more_files_do_not_wait()
    {
        // As the server does: each call that hangs holds a thread.
        ThreadPool.SetMinThreads(32, 32);
        using var end = new ManualResetEventSlim();
        var hanging = 0;
        try
        {
            var begun = AssertAllBeginAsync(files: 20, _ =>
            {
                Interlocked.Increment(ref hanging);
                end.Wait(Cancellation);
            });
            await Eventually.IsTrueAsync(() => Volatile.Read(ref hanging) == 8, "all lookups hang");
            _time.Advance(DigestLookups.Limit + TimeSpan.FromSeconds(1));
            await begun;
        }
        finally
        {
            end.Set();
        }
    }

    private async Task AssertAllBeginAsync(int files, Action<int> read)
    {
        var jobs = new HashJobs(new HashQueue(_time), new DigestMemory(), new FileDigestMemory(1), new UnstoredJobs(), _time, NullLogger<HashJobs>.Instance);
        var access = new StoreAccess(new FaultyStore(read), NullLogger<StoreAccess>.Instance);
        var supervisor = new Supervisor(_vitals, _time, NullLogger<Supervisor>.Instance);
        using var lookups = new DigestLookups(jobs, access, supervisor, _time, NullLogger<DigestLookups>.Instance);
        await lookups.StartAsync(Cancellation);
        var digests = Enumerable.Range(1, files).Select(file => jobs.Ask(Request(file))!).ToList();
        await Task.WhenAll(digests.Select(file => file.LookedUp)).WaitAsync(Eventually.Limit, Cancellation);
        using var limit = new CancellationTokenSource();
        await limit.CancelAsync();
        await lookups.StopAsync(limit.Token);
    }

    private static DigestRequest Request(int file)
    {
        var key = new DigestKey($"/{file}", new FileIdentity(1, 1, (ulong)file, 1), 1 << 20, DigestAlgorithm.Sha256);
        return new DigestRequest(key, new RequestPath("file"u8.ToArray()), IPAddress.Loopback);
    }
}

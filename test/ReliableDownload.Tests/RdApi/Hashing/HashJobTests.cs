using System.Net;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Hashing;

public sealed class HashJobTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void Before_the_file_has_settled_only_a_reader_is_worth_the_work()
    {
        var job = Job(isYoung: true);
        Assert.Null(job.TryClaim(1));
        job.Digests.Attach(from: 3);
        Assert.Equal(new BlockRun(3, 1), job.TryClaim(1)!.Value.Blocks);
    }

    [Fact]
    public void A_file_that_has_settled_is_hashed_without_a_reader()
    {
        var job = Job(isYoung: true);
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.NotNull(job.TryClaim(1));
    }

    [Fact]
    public void A_young_file_settles_also_while_the_clock_is_set_back_by_a_day()
    {
        var job = Job(isYoung: true);
        _time.SetBack(TimeSpan.FromDays(1));
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.NotNull(job.TryClaim(1));
    }

    [Fact]
    public void What_the_store_says_after_the_job_began_is_passed_over()
    {
        var job = Job(isYoung: false);
        job.AddStored(new DigestRun(0, new byte[32]));
        Assert.False(job.TryBegin());
        Assert.Equal(0, job.Digests.KnownCount);
    }

    [Fact]
    public void What_was_read_before_the_file_had_settled_is_told_but_not_stored()
    {
        var job = Job(isYoung: true);
        using var reader = job.Digests.Attach(from: 0);
        Finish(job);
        Assert.Equal(1, reader.Read(new byte[32]));
        Assert.Empty(job.Unstored.Remove(100));
        _time.Advance(TimeSpan.FromSeconds(3));
        Finish(job);
        Assert.Equal(1, Assert.Single(job.Unstored.Remove(100)).First);
        Assert.False(job.IsSound);
    }

    [Fact]
    public void What_a_worker_finishes_after_the_end_is_not_stored()
    {
        var job = Job(isYoung: false);
        var late = job.TryClaim(1)!.Value;
        Finish(job);
        job.Digests.End(DigestsState.Failed, "The disk broke.");
        job.Finish(late, new byte[32]);
        Assert.Equal(1, Assert.Single(job.Unstored.Remove(100)).First);
    }

    [Fact]
    public void What_could_not_be_stored_is_stored_later()
    {
        var job = Job(isYoung: false);
        Finish(job);
        var runs = job.Unstored.Remove(100);
        Assert.True(job.Unstored.IsAny);
        job.Unstored.Return(runs);
        Finish(job);
        Assert.Equal(64, Assert.Single(job.Unstored.Remove(100)).Digests.Length);
    }

    [Fact]
    public void A_job_counts_as_stored_when_nothing_came_back()
    {
        var job = Job(isYoung: false);
        Finish(job);
        Assert.NotEmpty(job.Unstored.Remove(100));
        Assert.True(job.Unstored.IsAny);
        Assert.Empty(job.Unstored.Remove(100));
        Assert.False(job.Unstored.IsAny);
    }

    [Fact]
    public void Digests_of_the_store_that_do_not_fit_are_passed_over()
    {
        var job = Job(
            isYoung: false,
            new(-1, new byte[32]), new(3, new byte[64]), new(4, new byte[32]), new(0, new byte[33]), new(2, new byte[64]));
        Assert.Equal(2, job.Digests.KnownCount);
        Assert.Equal(new BlockRun(0, 2), job.TryClaim(9)!.Value.Blocks);
    }

    [Fact]
    public void Readers_are_served_in_turn()
    {
        var job = Job(isYoung: false);
        job.Digests.Attach(from: 2);
        job.Digests.Attach(from: 0);
        Assert.Equal([2, 0, 3, 1], Enumerable.Range(0, 4).Select(_ => job.TryClaim(1)!.Value.Blocks.First));
        Assert.True(job.IsClaimedOut);
    }

    // Four blocks of 1 MiB.
    private HashJob Job(bool isYoung, params DigestRun[] stored)
    {
        var changed = isYoung ? (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick : 1;
        var key = new DigestKey("/file", new FileIdentity(4 << 20, 1, 1, changed), 1 << 20, DigestAlgorithm.Sha256);
        var digests = new FileDigests(key, new DigestTable(key.Algorithm, 4));
        var request = new DigestRequest(key, new RequestPath("file"u8.ToArray()), IPAddress.Loopback);
        var job = new HashJob(digests, request, isRenewal: false, _time);
        foreach (var run in stored)
            job.AddStored(run);
        Assert.True(job.TryBegin());
        return job;
    }

    private static void Finish(HashJob job) => job.Finish(job.TryClaim(1)!.Value, new byte[32]);
}

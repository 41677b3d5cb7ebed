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
        var job = Job(settledIn: TimeSpan.FromSeconds(2));
        Assert.Null(job.TryClaim(1, _time));
        job.Digests.Attach(from: 3);
        Assert.Equal(new BlockRun(3, 1), job.TryClaim(1, _time)!.Value.Blocks);
    }

    [Fact]
    public void A_file_that_has_settled_is_hashed_without_a_reader()
    {
        var job = Job(settledIn: TimeSpan.FromSeconds(2));
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.NotNull(job.TryClaim(1, _time));
    }

    [Fact]
    public void What_was_read_before_the_file_had_settled_is_told_but_not_stored()
    {
        var job = Job(settledIn: TimeSpan.FromSeconds(2));
        using var reader = job.Digests.Attach(from: 0);
        Finish(job);
        Assert.Equal(1, reader.Take(new byte[32]));
        Assert.Empty(job.TakeUnstored());
        _time.Advance(TimeSpan.FromSeconds(3));
        Finish(job);
        Assert.Equal(1, Assert.Single(job.TakeUnstored()).First);
        Assert.False(job.IsSound);
    }

    [Fact]
    public void What_a_worker_finishes_after_the_end_is_not_stored()
    {
        var job = Job(settledIn: TimeSpan.Zero);
        var late = job.TryClaim(1, _time)!.Value;
        Finish(job);
        job.Digests.End(DigestsState.Failed, "The disk broke.");
        job.Finish(late, new byte[32]);
        Assert.Equal(1, Assert.Single(job.TakeUnstored()).First);
    }

    [Fact]
    public void What_could_not_be_stored_is_stored_later()
    {
        var job = Job(settledIn: TimeSpan.Zero);
        Finish(job);
        var runs = job.TakeUnstored();
        Assert.False(job.HasUnstored);
        job.GiveBack(runs);
        Finish(job);
        Assert.Equal(64, Assert.Single(job.TakeUnstored()).Digests.Length);
    }

    [Fact]
    public void Digests_of_the_store_that_do_not_fit_are_passed_over()
    {
        var job = Job(
            settledIn: TimeSpan.Zero,
            new(-1, new byte[32]), new(3, new byte[64]), new(4, new byte[32]), new(0, new byte[33]), new(2, new byte[64]));
        Assert.Equal(2, job.Digests.KnownCount);
        Assert.Equal(new BlockRun(0, 2), job.TryClaim(9, _time)!.Value.Blocks);
    }

    [Fact]
    public void Readers_are_served_in_turn()
    {
        var job = Job(settledIn: TimeSpan.Zero);
        job.Digests.Attach(from: 2);
        job.Digests.Attach(from: 0);
        Assert.Equal([2, 0, 3, 1], Enumerable.Range(0, 4).Select(_ => job.TryClaim(1, _time)!.Value.Blocks.First));
        Assert.True(job.IsClaimedOut);
    }

    // Four blocks of 1 MiB.
    private HashJob Job(TimeSpan settledIn, params DigestRun[] stored)
    {
        var key = new DigestKey("/file", new FileIdentity(4 << 20, 1, 1, 1), 1 << 20, DigestAlgorithm.Sha256);
        var digests = new FileDigests(key, new DigestTable(key.Algorithm, 4));
        var job = new HashJob(digests, new RequestPath("file"u8.ToArray()), _time.GetUtcNow() + settledIn);
        job.Begin(stored);
        return job;
    }

    private void Finish(HashJob job) => job.Finish(job.TryClaim(1, _time)!.Value, new byte[32]);
}

using System.Net;
using Microsoft.Extensions.Time.Testing;
using ReliableDownload.Api;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Protocol;

namespace ReliableDownload.Tests.RdApi.Hashing;

/// <summary>Who makes room for a new job when there are too many.</summary>
public sealed class JobTableTests
{
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly JobTable _jobs = new();
    private ulong _files;

    [Fact]
    public void The_job_that_was_asked_for_longest_ago_and_that_nobody_reads_makes_room()
    {
        var jobs = Enumerable.Range(0, Limits.HashJobs).Select(i => Add(client: i % 100)).ToList();
        jobs[0].Digests.Attach(0);
        jobs[1].LastAsked = _time.GetTimestamp();
        Assert.True(_jobs.TryAdd(Job(client: 200), out var dropped));
        Assert.Same(jobs[2], dropped);
        Assert.Null(_jobs.Find(jobs[2].Key.Content));
        Assert.Same(jobs[0], _jobs.Find(jobs[0].Key.Content));
    }

    [Fact]
    public void A_client_with_many_jobs_makes_room_with_its_own()
    {
        var other = Add(client: 1);
        var own = Enumerable.Range(0, Limits.HashJobsOfClient).Select(_ => Add(client: 2)).ToList();
        Assert.True(_jobs.TryAdd(Job(client: 2), out var dropped));
        Assert.Same(own[0], dropped);
        Assert.Same(other, _jobs.Find(other.Key.Content));
    }

    [Fact]
    public void A_client_that_reads_all_of_its_many_jobs_is_refused_and_others_are_not()
    {
        for (var i = 0; i < Limits.HashJobsOfClient; i++)
            Add(client: 2).Digests.Attach(0);
        Assert.False(_jobs.TryAdd(Job(client: 2), out _));
        Assert.True(_jobs.TryAdd(Job(client: 1), out var dropped));
        Assert.Null(dropped);
    }

    [Fact]
    public void Whole_files_have_a_smaller_limit_of_their_own()
    {
        var blocks = Add(client: 2);
        var own = Enumerable.Range(0, Limits.WholeFileJobsOfClient).Select(_ => AddWhole(client: 2)).ToList();
        Assert.True(_jobs.TryAdd(Whole(client: 2), out var dropped));
        Assert.Same(own[0], dropped);
        for (var i = 0; i < Limits.WholeFileJobs - Limits.WholeFileJobsOfClient; i++)
            AddWhole(client: 3 + (i / Limits.WholeFileJobsOfClient)).Digests.Attach(0);
        foreach (var job in own.Skip(1))
            job.Digests.Attach(0);
        Assert.True(_jobs.TryAdd(Whole(client: 100), out dropped));
        Assert.True(dropped?.Whole is not null);
        Assert.Same(blocks, _jobs.Find(blocks.Key.Content));
        Assert.True(_jobs.TryAdd(Job(client: 100), out dropped));
        Assert.Null(dropped);
    }

    [Theory]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1")]
    [InlineData("192.0.2.1", "192.0.2.1")]
    public void An_IPv6_customer_is_one_client(string address, string client) =>
        Assert.Equal(IPAddress.Parse(client), DigestRequest.ClientOf(IPAddress.Parse(address)));

    private HashJob AddWhole(int client)
    {
        var job = Whole(client);
        Assert.True(_jobs.TryAdd(job, out var dropped));
        Assert.Null(dropped);
        return job;
    }

    private HashJob Whole(int client)
    {
        var job = Job(client);
        var key = job.Key.Whole;
        var request = new DigestRequest(key, job.Path, job.Client);
        return new HashJob(new FileDigests(key, new DigestTable(key.Algorithm, key.DigestCount)), request, isRenewal: false, _time);
    }

    private HashJob Add(int client)
    {
        var job = Job(client);
        Assert.True(_jobs.TryAdd(job, out var dropped));
        Assert.Null(dropped);
        return job;
    }

    private HashJob Job(int client)
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        var key = new DigestKey("/file", new FileIdentity(1, 1, ++_files, 1), 1 << 20, DigestAlgorithm.Sha256);
        var request = new DigestRequest(key, new RequestPath("file"u8.ToArray()), new IPAddress(client));
        return new HashJob(new FileDigests(key, new DigestTable(key.Algorithm, 1)), request, isRenewal: false, _time);
    }
}

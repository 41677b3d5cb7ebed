using System.Buffers;
using System.Net;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Kernel;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.RdApi.Kernel;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Hashing;

public sealed class BlockHasherTests : IDisposable
{
    private const int BlockSize = 64 << 10;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(DigestAlgorithm.Sha1, 1)]
    [InlineData(DigestAlgorithm.Sha1, 40)]
    [InlineData(DigestAlgorithm.Sha256, 17)]
    [InlineData(DigestAlgorithm.Sha256, 40)]
    public void Blocks_of_a_claim_get_the_usual_digests(DigestAlgorithm algorithm, int limit)
    {
        var content = SampleFile.Create(_folder["file"], (40 * BlockSize) - 1000);
        var layout = new BlockLayout(content.Length, BlockSize);
        var expected = new byte[layout.BlockCount * algorithm.Size];
        for (var block = 0; block < layout.BlockCount; block++)
            algorithm.Hash(content.AsSpan((int)layout.Offset(block), layout.Length(block)), expected.AsSpan(block * algorithm.Size));

        var job = Job(algorithm);
        var digests = new ArrayBufferWriter<byte>();
        while (job.TryClaim(limit) is { } claim)
            Assert.Equal(HashOutcome.Hashed, Hasher(keptBytes: long.MaxValue).Hash(claim, digests));
        Assert.Equal(expected, digests.WrittenSpan);
    }

    [Fact]
    public void A_file_that_changed_gives_no_digests_of_either_content()
    {
        SampleFile.Create(_folder["file"], 40 * BlockSize);
        var job = Job(DigestAlgorithm.Sha1);
        SampleFile.Create(_folder["file"], 39 * BlockSize);
        var outcome = Hasher(long.MaxValue).Hash(job.TryClaim(40)!.Value, new ArrayBufferWriter<byte>());
        Assert.Equal(HashOutcome.Changed, outcome);
    }

    [Fact]
    public void Of_what_came_from_the_disk_only_the_newest_stays_in_memory()
    {
        SampleFile.Create(_folder["file"], 64 * BlockSize);
        using var file = ColdFile.Open(_folder["file"]);
        var job = Job(DigestAlgorithm.Sha1);
        var hasher = Hasher(keptBytes: 16 * BlockSize);
        while (job.TryClaim(16) is { } claim)
            hasher.Hash(claim, new ArrayBufferWriter<byte>());
        Assert.True(PageCache.Lacks(file, 0));
        Assert.False(PageCache.Lacks(file, 63 * BlockSize));
    }

    [Fact]
    public void What_was_in_memory_before_stays_there()
    {
        SampleFile.Create(_folder["file"], 64 * BlockSize);
        using var file = ColdFile.Open(_folder["file"]);
        File.ReadAllBytes(_folder["file"]);
        var job = Job(DigestAlgorithm.Sha1);
        while (job.TryClaim(16) is { } claim)
            Hasher(keptBytes: 0).Hash(claim, new ArrayBufferWriter<byte>());
        Assert.False(PageCache.Lacks(file, 0));
    }

    [Fact]
    public void Of_all_that_came_from_the_disk_together_only_the_newest_stays_in_memory()
    {
        string[] names = ["one", "two", "three"];
        foreach (var name in names)
            SampleFile.Create(_folder[name], 64 * BlockSize);
        var files = names.Select(name => ColdFile.Open(_folder[name])).ToArray();
        var hasher = Hasher(keptBytes: 64 * BlockSize);
        foreach (var name in names)
        {
            var job = Job(DigestAlgorithm.Sha1, name);
            while (job.TryClaim(64) is { } claim)
                hasher.Hash(claim, new ArrayBufferWriter<byte>());
        }

        Assert.Equal([true, true, false], files.Select(file => PageCache.Lacks(file, 32 * BlockSize)));
        Assert.All(files, file => file.Dispose());
    }

    [Fact]
    public void A_file_that_lost_one_of_its_names_is_hashed_by_another()
    {
        SampleFile.Create(_folder["file"], 40 * BlockSize);
        File.CreateSymbolicLink(_folder["link"], "file");
        var job = Job(DigestAlgorithm.Sha1);
        job.AddPath(new RequestPath("link"u8.ToArray()));
        File.Delete(_folder["link"]);
        var outcome = Hasher(long.MaxValue).Hash(job.TryClaim(40)!.Value, new ArrayBufferWriter<byte>());
        Assert.Equal(HashOutcome.Hashed, outcome);
    }

    [Fact]
    public void Pages_of_a_file_that_cannot_be_opened_are_no_failure_of_the_one_that_is_hashed()
    {
        Directory.CreateDirectory(_folder["gone"]);
        var pages = new FetchedPages(WebRoot.Open(_folder["gone"], showHidden: false)) { MaxBytes = 0 };
        Directory.Delete(_folder["gone"]);
        pages.Add(new RequestPath("file"u8.ToArray()), new FileIdentity(1, 1, 1, 1), 0, 1);
    }

    private BlockHasher Hasher(long keptBytes)
    {
        var root = WebRoot.Open(_folder.Path, showHidden: false);
        return new BlockHasher(root, new FetchedPages(root) { MaxBytes = keptBytes });
    }

    private HashJob Job(DigestAlgorithm algorithm, string name = "file")
    {
        var path = new RequestPath(Encoding.UTF8.GetBytes(name));
        var identity = WebRoot.Open(_folder.Path, showHidden: false).Identify(path)!.Value;
        var key = new DigestKey("/file", identity, BlockSize, algorithm);
        var digests = new FileDigests(key, new DigestTable(algorithm, new BlockLayout(identity.Size, BlockSize).BlockCount));
        // As if it had settled.
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var job = new HashJob(digests, new DigestRequest(key, path, IPAddress.Loopback), isRenewal: false, time);
        time.Advance(TimeSpan.FromSeconds(5));
        job.TryBegin();
        return job;
    }
}

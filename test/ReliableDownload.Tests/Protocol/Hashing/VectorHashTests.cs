using ReliableDownload.Protocol;
using ReliableDownload.Protocol.Hashing;

namespace ReliableDownload.Tests.Protocol.Hashing;

/// <summary>Each width for each hash, also where <see cref="MultiBufferHash"/> would not choose it on this processor.</summary>
public sealed unsafe class VectorHashTests
{
    // 16 lanes of SHA-256 only where the processor has them, or is told that it has not: a test that is left out on every run says nothing.
    public static TheoryData<DigestAlgorithm, int> Widths =>
    [
        (DigestAlgorithm.Sha1, 8),
        (DigestAlgorithm.Sha1, 16),
        (DigestAlgorithm.Sha256, 8),
        .. Lanes16.IsSupported || Environment.GetEnvironmentVariable("DOTNET_EnableAVX512") == "0" ? [(DigestAlgorithm.Sha256, 16)] : Array.Empty<(DigestAlgorithm, int)>(),
    ];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Digests_are_the_usual_ones(DigestAlgorithm algorithm, int lanes)
    {
        // 16 lanes of SHA-1 are two vectors where they do not fit into one.
        Assert.SkipUnless(lanes == 8 || algorithm == DigestAlgorithm.Sha1 ? Lanes8.IsSupported : Lanes16.IsSupported, $"This processor has no {lanes} lanes.");
        var random = new Random(lanes);
        var hash = new VectorHash(algorithm, lanes);
        for (var length = 0; length < 300; length++)
        {
            var blocks = RandomBlocks.Of(random, lanes, length);
            Append(hash, blocks, length);
            var digests = new byte[lanes * algorithm.Size];
            hash.Finish(lanes, digests);
            Assert.Equal(RandomBlocks.Digests(algorithm, blocks), digests);
        }
    }

    [Fact]
    public void Nothing_comes_after_a_broken_chunk()
    {
        Assert.SkipUnless(Lanes8.IsSupported, "This processor has no lanes.");
        var hash = new VectorHash(DigestAlgorithm.Sha1, 8);
        var blocks = RandomBlocks.Of(new Random(1), 8, 65);
        Append(hash, blocks, 65);
        Assert.Throws<InvalidOperationException>(() => Append(hash, blocks, 64));
    }

    private static void Append(VectorHash hash, ReadOnlyMemory<byte>[] blocks, int length)
    {
        var pins = blocks.Select(block => block.Pin()).ToList();
        var messages = stackalloc byte*[hash.Lanes];
        for (var lane = 0; lane < hash.Lanes; lane++)
            messages[lane] = (byte*)pins[lane].Pointer;
        try
        {
            hash.Append(messages, length);
        }
        finally
        {
            pins.ForEach(pin => pin.Dispose());
        }
    }
}

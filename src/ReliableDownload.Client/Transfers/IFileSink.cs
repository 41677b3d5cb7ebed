using ReliableDownload.Client.Blocks;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Transfers;

/// <summary>
/// Where the bytes of one version go: each to its place in a part file, or all in order into a stream. Whoever fetches and proves does not ask which.
/// Safe for threads as long as they bring different blocks.
/// </summary>
internal interface IFileSink
{
    /// <summary>How many blocks may be fetched, from the first on that is not done; null where each has its place at any time.</summary>
    int? WindowOf(BlockLayout layout);

    /// <summary>How many written blocks it may keep in memory until it needs them, in their order; 0 for none. The more come in order, the fewer are read back.</summary>
    int KeptBlocks(BlockLayout layout);

    /// <summary>Whether the digest of each block is wanted, even where it proves nothing.</summary>
    bool WantsDigests { get; }

    /// <summary>Whether a block may be there already; it is proven, not fetched.</summary>
    bool MayHave(int block);

    /// <summary>Puts what is there already of a block that is not whole into it.</summary>
    /// <returns>How many bytes that are.</returns>
    long Load(OpenBlock open);

    /// <summary>What has to run beside the connections.</summary>
    IEnumerable<Action> Loops(Transfer transfer, Scheduler scheduler, BlockMap map);

    /// <summary>Takes a whole block that is proven.</summary>
    /// <param name="digest">Of what it is.</param>
    /// <returns>Whether it is done; else the sink keeps it and says so later to <see cref="Transfer.Complete(OpenBlock)"/>.</returns>
    bool Put(OpenBlock open, ReadOnlySpan<byte> digest);

    /// <summary>Takes received bytes of a block that is not whole yet, so that they survive the process. They count for nothing before the block is proven.</summary>
    void SaveUnproven(ByteRange range, OpenBlock open);

    /// <summary>Takes bytes of a block that is not held in memory; <see cref="SaveUnproven"/> follows.</summary>
    void WriteUnproven(long offset, ReadOnlySpan<byte> data);

    /// <summary>Reads bytes of a block that is not held in memory.</summary>
    void Read(long offset, Span<byte> data);

    /// <summary>The file comes in one pass, and begins; perhaps anew.</summary>
    void Restart();

    /// <summary>Takes the next bytes of a file that comes in one pass.</summary>
    void Append(ReadOnlySpan<byte> data);

    /// <summary>The file that came in one pass is whole.</summary>
    /// <param name="size">In bytes.</param>
    void Finish(long size);
}

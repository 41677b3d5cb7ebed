using ReliableDownload.Client.Blocks;
using ReliableDownload.Client.Disk;
using ReliableDownload.Client.Network;
using ReliableDownload.Client.Proof;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Metadata;

/// <summary>
/// Where what is known of a file comes from: what it is, and what its blocks are compared with. <see cref="FileSources"/> chooses one;
/// whoever fetches, proves and writes does not ask which. For one download of one version.
/// </summary>
internal interface IFileSource : IAsyncDisposable
{
    /// <summary>What the file is. Its size counts only where <see cref="Validator"/> has one.</summary>
    StreamLine.File File { get; }

    /// <summary>What names the version in requests and answers for bytes.</summary>
    Validator Validator { get; }

    /// <summary>Whether each block has a digest that somebody else than the one who fetched it calculated: whether the file will be proven.</summary>
    bool HasDigests { get; }

    /// <summary>Where the digests are only those of what came before: which of several that came for a block counts. Null where they prove.</summary>
    BlockVotes? Votes => null;

    /// <summary>Who else than the file's own server told the digests of the blocks, to be read after "of"; null where nobody did.</summary>
    string? ToldBy { get; }

    /// <summary>What the digest of the whole file has to be, once that is known; null where it is not to be calculated. It never fails.</summary>
    Task<WholeDigest?>? Whole { get; }

    /// <summary>What a request for bytes may ask for beside them; null for nothing.</summary>
    DigestWish? Wish => null;

    /// <summary>Whether parts of the file can be had; else it comes in one pass.</summary>
    bool TakesRanges { get; }

    /// <summary>What was noted of bytes that an earlier run fetched of this version; null where digests prove what is on disk.</summary>
    NotedRanges? Noted { get; }

    /// <summary>Digests as they become known. The end of them comes last, but for a source without digests.</summary>
    IAsyncEnumerator<StreamLine> Lines { get; }
}

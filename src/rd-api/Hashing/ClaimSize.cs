using ReliableDownload.Protocol;
using ReliableDownload.Protocol.Hashing;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// How many blocks of a job a worker claims at once. Blocks of a claim are hashed in lock-step, so that their digests come together
/// at its end: few at first and from a slow disk, as many as fill all lanes where that is quick. Safe for threads.
/// </summary>
internal sealed class ClaimSize
{
    // In bytes. The first digest of a file comes after this much, about a millisecond where the file is in memory.
    private const int Least = 2 << 20;

    // In bytes. More gains nothing: opening and comparing the file is less than 1 % of hashing this much.
    private const int Most = 32 << 20;

    // How long a reader may wait for the next digests, and another job for its turn.
    private static readonly TimeSpan Duration = TimeSpan.FromMilliseconds(100);

    private readonly int _least;
    private readonly int _most;
    private volatile int _blocks;

    public ClaimSize(DigestAlgorithm algorithm, int blockSize)
    {
        _least = Math.Max(1, Least / blockSize);
        _most = Math.Max(MultiBufferHash.MaxLanes(algorithm), Most / blockSize);
        _blocks = _least;
    }

    public int Blocks => _blocks;

    /// <summary>Takes what a claim took as the job's speed from now on.</summary>
    public void Measure(int blocks, TimeSpan elapsed) => _blocks = (int)Math.Clamp(blocks * (Duration / elapsed), _least, _most);
}

using ReliableDownload.Protocol;
using ReliableDownload.Protocol.Hashing;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// How many blocks of a job a worker claims at once. The blocks of a claim are hashed in lock-step, so their digests all appear at its
/// end: few at first and from a slow disk, enough to fill all lanes if that is quick. Thread-safe.
/// </summary>
internal sealed class ClaimSize
{
    // In bytes. The first digest of a file comes after this much, about a millisecond if the file is in memory.
    private const int Least = 2 << 20;

    // In bytes. More gains nothing: opening and comparing the file takes less than 1 % of the time for hashing this much.
    private const int Most = 32 << 20;

    // How long a reader may wait for the next digests, and another job for its turn.
    private static readonly TimeSpan Duration = TimeSpan.FromMilliseconds(100);

    private readonly int _least;
    private readonly int _most;
    private volatile int _blocks;
    private double _blocksPerSecond;

    public ClaimSize(DigestAlgorithm algorithm, int blockSize)
    {
        _least = Math.Max(1, Least / blockSize);
        _most = Math.Max(MultiBufferHash.MaxLanes(algorithm), Most / blockSize);
        _blocks = _least;
    }

    public int Blocks => _blocks;

    /// <summary>How many one worker hashes in a second; 0 before the first.</summary>
    public double BlocksPerSecond => Volatile.Read(ref _blocksPerSecond);

    /// <summary>Uses the duration of a finished claim as the job's speed from now on.</summary>
    public void Measure(int blocks, TimeSpan elapsed)
    {
        _blocks = (int)Math.Clamp(blocks * (Duration / elapsed), _least, _most);
        Volatile.Write(ref _blocksPerSecond, blocks / Math.Max(elapsed.TotalSeconds, 1e-6));
    }
}

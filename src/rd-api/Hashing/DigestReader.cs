namespace ReliableDownload.Api.Hashing;

/// <summary>
/// A reader of a file's digests, in order; they are calculated for it first. One per stream. Only its owner reads; workers look
/// at its position.
/// </summary>
internal sealed class DigestReader(FileDigests digests, int from) : IDisposable
{
    private int _position = from;

    public FileDigests Digests => digests;

    /// <summary>The first block that has not been read yet.</summary>
    public int Position => Volatile.Read(ref _position);

    /// <summary>Reads the known digests from the position on, as many as fit into <paramref name="buffer"/>.</summary>
    /// <returns>The number of digests.</returns>
    public int Read(Span<byte> buffer)
    {
        var count = digests.Copy(_position, buffer);
        Volatile.Write(ref _position, _position + count);
        return count;
    }

    public void Dispose() => digests.Detach(this);
}

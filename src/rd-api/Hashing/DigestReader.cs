namespace ReliableDownload.Api.Hashing;

/// <summary>
/// Somebody who reads the digests of a file in order, and for whom they are calculated first. One for each stream; its owner
/// alone reads, workers look at its position.
/// </summary>
internal sealed class DigestReader(FileDigests digests, int from) : IDisposable
{
    private int _position = from;

    public FileDigests Digests => digests;

    /// <summary>The first block that was not read yet.</summary>
    public int Position => Volatile.Read(ref _position);

    /// <summary>Reads what is known from the position on, as much as fits into <paramref name="buffer"/>.</summary>
    /// <returns>How many digests that are.</returns>
    public int Read(Span<byte> buffer)
    {
        var count = digests.Copy(_position, buffer);
        Volatile.Write(ref _position, _position + count);
        return count;
    }

    public void Dispose() => digests.Detach(this);
}

using System.Security.Cryptography;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Cache;

/// <summary>
/// The SHA-256 of small files that were sent, each in one of a fixed number of places: a later file takes the place of an earlier one. There may be very many, and an entry of
/// <see cref="DigestMemory"/> takes seven times the room. Thread-safe.
/// </summary>
/// <param name="places">How many there are, a power of two; each takes 72 bytes, which the system allocates when it is used first.</param>
internal sealed class FileDigestMemory(int places = Limits.FileDigests)
{
    private const int Size = SHA256.HashSizeInBytes;

    private readonly Lock _gate = new();
    // Made by the first digest: so large an array makes the garbage collector run, which took a twentieth of the server's start (measured).
    private FileIdentity[]? _identities;
    private byte[] _digests = [];

    /// <summary>Remembers a digest; not of a file that the system does not number.</summary>
    /// <returns>False if it was known.</returns>
    public bool TryAdd(FileIdentity identity, ReadOnlySpan<byte> digest)
    {
        var place = PlaceOf(identity);
        lock (_gate)
        {
            if (!identity.IsOfAnyName)
                return true;
            if (_identities is null)
                (_identities, _digests) = (new FileIdentity[places], new byte[places * Size]);
            var kept = _digests.AsSpan(place * Size, Size);
            // A program that writes through a mapping changes a file without a sign: what was hashed last counts.
            if (_identities[place] == identity && kept.SequenceEqual(digest))
                return false;
            _identities[place] = identity;
            digest.CopyTo(kept);
            return true;
        }
    }

    public void Remove(FileIdentity identity)
    {
        var place = PlaceOf(identity);
        lock (_gate)
        {
            if (_identities is not null && _identities[place] == identity)
                _identities[place] = default;
        }
    }

    /// <summary>The digest in hex; null if it is not known.</summary>
    public string? Find(FileIdentity identity)
    {
        var place = PlaceOf(identity);
        lock (_gate)
            return identity.IsOfAnyName && _identities?[place] == identity ? Convert.ToHexStringLower(_digests.AsSpan(place * Size, Size)) : null;
    }

    private int PlaceOf(FileIdentity identity) => identity.GetHashCode() & (places - 1);
}

using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ReliableDownload.Api.Cache;
using ReliableDownload.Protocol;
using ReliableDownload.Protocol.Hashing;

namespace ReliableDownload.Api.Trees;

/// <summary>Hashes the files of a pack, those of equal size side by side, and writes their digests into their lines. One per answer.</summary>
internal sealed class PackHash : IDisposable
{
    private const int DigestLength = 2 * SHA256.HashSizeInBytes;

    // Below that, or of other sizes than their neighbours, files are hashed faster one by one.
    private const int LeastSideBySide = 3;

    private readonly List<Part> _parts = [];
    private readonly MultiBufferHash _lanes = new(DigestAlgorithm.Sha256);
    private readonly List<ReadOnlyMemory<byte>> _slices = [];
    private readonly byte[] _digests = new byte[16 * SHA256.HashSizeInBytes];

    /// <param name="digest">Where its digest goes, in hex.</param>
    /// <param name="content">Where its bytes are.</param>
    /// <param name="size">How many.</param>
    /// <param name="key">What the digest belongs to; null if it is not to be kept.</param>
    public void Add(int digest, int content, int size, DigestKey? key) => _parts.Add(new Part(digest, content, size, key));

    /// <summary>Writes the digests of all parts.</summary>
    /// <param name="pack">What they are in.</param>
    /// <param name="keep">Takes those that are to be kept.</param>
    public void Finish(byte[] pack, Action<DigestKey, byte[]> keep)
    {
        var parts = CollectionsMarshal.AsSpan(_parts);
        while (!parts.IsEmpty)
        {
            var count = 1;
            while (count < parts.Length && count < _lanes.Lanes && parts[count].Size == parts[0].Size)
                count++;
            Hash(pack, parts[..count]);
            for (var i = 0; i < count; i++)
            {
                var digest = _digests.AsSpan(i * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes);
                Convert.TryToHexStringLower(digest, pack.AsSpan(parts[i].Digest, DigestLength), out _);
                if (parts[i].Key is { } key)
                    keep(key, digest.ToArray());
            }

            parts = parts[count..];
        }

        _parts.Clear();
    }

    public void Dispose() => _lanes.Dispose();

    private void Hash(byte[] pack, ReadOnlySpan<Part> parts)
    {
        if (parts.Length < LeastSideBySide)
        {
            for (var i = 0; i < parts.Length; i++)
                SHA256.HashData(pack.AsSpan(parts[i].Content, parts[i].Size), _digests.AsSpan(i * SHA256.HashSizeInBytes));
            return;
        }

        _slices.Clear();
        foreach (var part in parts)
            _slices.Add(pack.AsMemory(part.Content, part.Size));
        _lanes.Append(CollectionsMarshal.AsSpan(_slices));
        _lanes.Finish(_digests);
    }

    private readonly record struct Part(int Digest, int Content, int Size, DigestKey? Key);
}

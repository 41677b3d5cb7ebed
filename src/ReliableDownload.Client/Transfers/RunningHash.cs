using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ReliableDownload.Client.Transfers;

/// <summary>A hash that is given its data piece by piece: one of the framework's, or CRC-32C. One thread at a time.</summary>
internal sealed class RunningHash(HashAlgorithmName algorithm) : IDisposable
{
    private readonly IncrementalHash? _hash = algorithm == Checksum.Crc32C ? null : IncrementalHash.CreateHash(algorithm);
    private uint _crc = uint.MaxValue;

    /// <summary>Which hash it is.</summary>
    public HashAlgorithmName Algorithm => algorithm;

    public void Append(ReadOnlySpan<byte> data)
    {
        if (_hash is not null)
        {
            _hash.AppendData(data);
            return;
        }

        foreach (var word in MemoryMarshal.Cast<byte, ulong>(data))
            _crc = BitOperations.Crc32C(_crc, word);
        foreach (var last in data[(data.Length & ~7)..])
            _crc = BitOperations.Crc32C(_crc, last);
    }

    /// <summary>The digest of all that was appended; begins anew.</summary>
    public Checksum Finish()
    {
        var digest = Current();
        Restart();
        return digest;
    }

    /// <summary>The digest of all that was appended so far.</summary>
    public Checksum Current()
    {
        if (_hash is not null)
            return Checksum.Of(algorithm, _hash.GetCurrentHash());
        Span<byte> digest = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(digest, ~_crc);
        return Checksum.Of(algorithm, digest);
    }

    /// <summary>Begins anew.</summary>
    public void Restart()
    {
        _ = _hash?.GetHashAndReset();
        _crc = uint.MaxValue;
    }

    public void Dispose() => _hash?.Dispose();
}

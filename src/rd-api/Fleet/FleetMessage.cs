using System.Buffers.Binary;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Fleet;

/// <summary>
/// What rd-api tell each other over their channel: a kind (one byte), the sender (8 bytes), the content's hash (see <see cref="Redis.RedisKeys.HashOf"/>), and then
/// either the first block and digests, or what it takes to find the file. Numbers are big-endian.
/// </summary>
/// <param name="Hash">32 bytes.</param>
internal abstract record FleetMessage(long Sender, byte[] Hash)
{
    private const int HashSize = 32;
    private const int HeadSize = 1 + sizeof(long) + HashSize;
    private const int MaxPath = 4096;

    // Many wait to be read, so a stranger's must not be large.
    private const int Longest = HeadSize + sizeof(int) + (64 << 10);

    public string Name => Convert.ToHexStringLower(Hash);

    /// <summary>Somebody calculated digests.</summary>
    internal sealed record Digests(long Sender, byte[] Hash, int First, ReadOnlyMemory<byte> Bytes) : FleetMessage(Sender, Hash)
    {
        protected override byte Kind => 1;

        protected override byte[] Body => [.. Number(First), .. Bytes.Span];
    }

    /// <summary>Something of a file, which others find by its path.</summary>
    internal abstract record OfFile(long Sender, byte[] Hash, int BlockSize, DigestAlgorithm Algorithm, ReadOnlyMemory<byte> Path) : FleetMessage(Sender, Hash)
    {
        protected override byte[] Body => [.. Number(BlockSize), (byte)(Algorithm == DigestAlgorithm.Sha1 ? 1 : 2), .. Path.Span];
    }

    /// <summary>A file is being hashed, and others that have it may help.</summary>
    internal sealed record Work(long Sender, byte[] Hash, int BlockSize, DigestAlgorithm Algorithm, ReadOnlyMemory<byte> Path) : OfFile(Sender, Hash, BlockSize, Algorithm, Path)
    {
        protected override byte Kind => 2;
    }

    /// <summary>A file was hashed again, because a client distrusts its digests: those that others have in memory may be wrong, and the store has the new ones.</summary>
    internal sealed record Renewal(long Sender, byte[] Hash, int BlockSize, DigestAlgorithm Algorithm, ReadOnlyMemory<byte> Path) : OfFile(Sender, Hash, BlockSize, Algorithm, Path)
    {
        protected override byte Kind => 3;
    }

    protected abstract byte Kind { get; }

    protected abstract byte[] Body { get; }

    public byte[] Write()
    {
        var head = new byte[HeadSize];
        head[0] = Kind;
        BinaryPrimitives.WriteInt64BigEndian(head.AsSpan(1), Sender);
        Hash.CopyTo(head, 1 + sizeof(long));
        return [.. head, .. Body];
    }

    /// <returns>Null if it is not a message; a newer rd-api may send others.</returns>
    public static FleetMessage? Read(ReadOnlyMemory<byte> message)
    {
        if (message.Length is < HeadSize + sizeof(int) or > Longest)
            return null;
        var sender = BinaryPrimitives.ReadInt64BigEndian(message.Span[1..]);
        var hash = message.Slice(1 + sizeof(long), HashSize).ToArray();
        var number = BinaryPrimitives.ReadInt32BigEndian(message.Span[HeadSize..]);
        var rest = message[(HeadSize + sizeof(int))..];
        return (message.Span[0], rest) switch
        {
            (1, _) => new Digests(sender, hash, number, rest),
            (2, { Length: > 1 and <= MaxPath }) when rest.Span[0] is 1 or 2 => new Work(sender, hash, number, AlgorithmOf(rest), rest[1..]),
            (3, { Length: > 1 and <= MaxPath }) when rest.Span[0] is 1 or 2 => new Renewal(sender, hash, number, AlgorithmOf(rest), rest[1..]),
            _ => null,
        };
    }

    private static DigestAlgorithm AlgorithmOf(ReadOnlyMemory<byte> body) => body.Span[0] == 1 ? DigestAlgorithm.Sha1 : DigestAlgorithm.Sha256;

    private static byte[] Number(int value)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}

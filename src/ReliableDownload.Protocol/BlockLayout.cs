namespace ReliableDownload.Protocol;

/// <summary>How a file is divided into blocks of <see cref="BlockSize"/> bytes; the last may be shorter.</summary>
public readonly record struct BlockLayout
{
    /// <summary>The default block size of a server, in bytes: 2 MiB.</summary>
    public const int DefaultBlockSize = 2 << 20;

    /// <summary>The smallest block size that a server can be configured with, in bytes: 64 KiB.</summary>
    public const int MinBlockSize = 64 << 10;

    /// <summary>The largest block size that a server can be configured with, in bytes: 64 MiB. A wrong byte makes a client fetch the whole block again.</summary>
    public const int MaxServedBlockSize = 64 << 20;

    /// <summary>The largest block size that a client accepts, in bytes: 1 GiB. Servers 1.x can be configured with any.</summary>
    public const int MaxBlockSize = 1 << 30;

    /// <summary>The maximum number of blocks in a file: 2^24, 32 TiB in blocks of 2 MiB. It bounds the memory that a server can make a client allocate.</summary>
    public const int MaxBlockCount = 1 << 24;

    /// <summary>The file's size in bytes.</summary>
    public long FileSize { get; }

    /// <summary>The size in bytes of each block but the last.</summary>
    public int BlockSize { get; }

    /// <summary>The number of blocks; 0 for an empty file.</summary>
    public int BlockCount { get; }

    /// <exception cref="ProtocolException">A number is out of its range.</exception>
    public BlockLayout(long fileSize, int blockSize)
    {
        if (fileSize < 0)
            throw new ProtocolException($"a file of {fileSize} bytes cannot be");
        if (blockSize is < 1 or > MaxBlockSize)
            throw new ProtocolException($"a block size of {blockSize} bytes is not within 1 and {MaxBlockSize}");
        var count = (fileSize / blockSize) + (fileSize % blockSize == 0 ? 0 : 1);
        if (count > MaxBlockCount)
            throw new ProtocolException($"{fileSize} bytes in blocks of {blockSize} are more than {MaxBlockCount} blocks");
        FileSize = fileSize;
        BlockSize = blockSize;
        BlockCount = (int)count;
    }

    /// <summary>Where block <paramref name="block"/> begins, in bytes; for <see cref="BlockCount"/> itself, no more than the file's end.</summary>
    public long Offset(int block) => Math.Min((long)block * BlockSize, FileSize);

    /// <summary>The length of block <paramref name="block"/> in bytes.</summary>
    public int Length(int block) => (int)(Offset(block + 1) - Offset(block));
}

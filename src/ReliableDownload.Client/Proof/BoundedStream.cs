using ReliableDownload.Client.Network;

namespace ReliableDownload.Client.Proof;

/// <summary>Passes on what comes from a stranger, up to a number of bytes; then it ends.</summary>
internal sealed class BoundedStream(Stream stream, long maxBytes) : ForwardStream
{
    private long _left = maxBytes;

    public override int Read(byte[] buffer, int offset, int count) => Took(stream.Read(buffer, offset, (int)Math.Min(count, _left)));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Took(await stream.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _left)], cancellationToken));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    private int Took(int count)
    {
        _left -= count;
        return count;
    }
}

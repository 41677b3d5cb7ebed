using ReliableDownload.Client.Network;

namespace ReliableDownload.Client.Proof;

/// <summary>A stream of which the beginning was read already.</summary>
internal sealed class ReplayedStream(ReadOnlyMemory<byte> begin, Stream rest) : ForwardStream
{
    private ReadOnlyMemory<byte> _begin = begin;

    public override int Read(byte[] buffer, int offset, int count) => _begin.IsEmpty ? rest.Read(buffer, offset, count) : Replay(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _begin.IsEmpty ? rest.ReadAsync(buffer, cancellationToken) : new(Replay(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    private int Replay(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _begin.Length);
        _begin.Span[..count].CopyTo(buffer);
        _begin = _begin[count..];
        return count;
    }
}

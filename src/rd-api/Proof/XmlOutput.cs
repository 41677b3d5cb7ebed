using System.IO.Pipelines;

namespace ReliableDownload.Api.Proof;

/// <summary>Lets a writer of XML write into a response's buffer; the response is flushed by its owner. Write only.</summary>
internal sealed class XmlOutput(PipeWriter output) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var room = output.GetSpan();
            var count = Math.Min(room.Length, buffer.Length);
            buffer[..count].CopyTo(room);
            output.Advance(count);
            buffer = buffer[count..];
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        // The response is flushed, not this.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}

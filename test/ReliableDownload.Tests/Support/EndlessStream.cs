using System.Text;

namespace ReliableDownload.Tests.Support;

/// <summary>Text that never ends: a beginning, then the same again and again.</summary>
internal sealed class EndlessStream(string start, string more) : Stream
{
    private readonly byte[] _start = Encoding.UTF8.GetBytes(start);
    private readonly byte[] _more = Encoding.UTF8.GetBytes(more);
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => _position; set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count)
    {
        for (var i = 0; i < count; i++, _position++)
            buffer[offset + i] = _position < _start.Length ? _start[_position] : _more[(_position - _start.Length) % _more.Length];
        return count;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

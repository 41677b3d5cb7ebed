using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Trees;

/// <summary>An answer's body as lines with bytes between them, read synchronously into one buffer. One reader.</summary>
/// <param name="buffer">At least <see cref="MaxLineBytes"/> long; the next answer may have it afterwards.</param>
internal sealed class ReceivedBytes(Stream body, byte[] buffer, Action<int> onReceived)
{
    /// <summary>The longest line that is accepted, in bytes: a path of 4,096 bytes, each of them encoded, fits in.</summary>
    public const int MaxLineBytes = 64 << 10;

    private int _start;
    private int _end;

    /// <summary>The next line without its line feed, valid until the next call.</summary>
    /// <exception cref="EndOfStreamException">The body ends before the line does.</exception>
    /// <exception cref="ProtocolException">It is too long.</exception>
    public ReadOnlySpan<byte> ReadLine()
    {
        for (var looked = 0; ;)
        {
            var length = buffer.AsSpan(_start + looked, _end - _start - looked).IndexOf((byte)'\n');
            if (length >= 0)
            {
                var line = buffer.AsSpan(_start, looked + length);
                _start += line.Length + 1;
                return line;
            }

            looked = _end - _start;
            if (looked >= MaxLineBytes)
                throw new ProtocolException($"a line of the server's answer is longer than {MaxLineBytes} bytes");
            Fill();
        }
    }

    /// <summary>The next bytes, as many as are asked for where the buffer holds so many, else some; valid until the next call.</summary>
    public ReadOnlySpan<byte> Read(long wanted)
    {
        var count = (int)Math.Min(wanted, buffer.Length);
        // What does not fit at once anyway is passed on as it comes.
        while (_end - _start < count && (wanted <= buffer.Length || _end == _start))
            Fill();
        count = Math.Min(count, _end - _start);
        _start += count;
        return buffer.AsSpan(_start - count, count);
    }

    private void Fill()
    {
        if (_start == _end)
        {
            _start = _end = 0;
        }
        else if (_end == buffer.Length)
        {
            buffer.AsSpan(_start, _end - _start).CopyTo(buffer);
            (_start, _end) = (0, _end - _start);
        }

        var count = body.Read(buffer.AsSpan(_end));
        if (count == 0)
            throw new EndOfStreamException("the answer was cut");
        _end += count;
        onReceived(count);
    }
}

using System.Xml;
using ReliableDownload.Client.Network;

namespace ReliableDownload.Client.Proof.Metalinks;

/// <summary>
/// A stranger's XML, as long as a tag begins now and then: a reader keeps all attributes of one in memory, each in an object of its own. A <c>&lt;</c> begins a tag
/// wherever it is: quoted ones are not allowed (XML 1.0, 2.4), and encodings of more bytes, where it looks different, are refused.
/// </summary>
internal sealed class TagLimitStream(Stream document) : ForwardStream
{
    // Bytes. The longest that is of use is a text of 8 KiB; signatures are somewhat longer.
    private const int MaxDistance = 1 << 20;

    private long _sinceTag;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await document.ReadAsync(buffer, cancellationToken);
        var last = buffer.Span[..count].LastIndexOf((byte)'<');
        _sinceTag = last < 0 ? _sinceTag + count : count - last;
        if (buffer.Span[..count].Contains((byte)0))
            throw new XmlException("it is not in UTF-8, or no text at all");
        return _sinceTag <= MaxDistance ? count : throw new XmlException($"it has a tag or a text of more than {MaxDistance} bytes");
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

using System.Buffers;
using System.IO.Pipelines;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Metadata;

/// <summary>The lines of the stream form, read from a response or a file; no line may be longer than <see cref="Wire.MaxLineBytes"/>.</summary>
internal sealed class StreamLines(Stream stream) : IMetadataLines
{
    private readonly PipeReader _reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 64 << 10));

    public async ValueTask<StreamLine?> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await _reader.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = StreamLineReader.Read(buffer.Slice(0, end).ToArray());
                _reader.AdvanceTo(buffer.GetPosition(1, end));
                return line;
            }

            if (buffer.Length > Wire.MaxLineBytes)
                throw new ProtocolException($"a line of the metadata stream is longer than {Wire.MaxLineBytes} bytes");
            _reader.AdvanceTo(buffer.Start, buffer.End);
            // A line without its line feed was cut.
            if (read.IsCompleted)
                return null;
        }
    }

    public void Dispose() => stream.Dispose();
}

using System.Buffers;
using System.IO.Pipelines;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Metadata;

/// <summary>One document of the classic form, told as the lines of the stream form: the file, the runs of known digests, the end if none is pending.</summary>
internal sealed class ClassicLines(Stream stream) : IMetadataLines
{
    private Queue<StreamLine>? _lines;

    public async ValueTask<StreamLine?> NextAsync(CancellationToken cancellationToken)
    {
        _lines ??= ToLines(await ReadAsync(cancellationToken));
        return _lines.TryDequeue(out var line) ? line : null;
    }

    public void Dispose() => stream.Dispose();

    private async ValueTask<ClassicMetadataReader.Document> ReadAsync(CancellationToken cancellationToken)
    {
        var pipe = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 64 << 10));
        var reader = new ClassicMetadataReader();
        while (true)
        {
            var read = await pipe.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            if (buffer.Length > Wire.MaxLineBytes && !buffer.IsSingleSegment)
                throw new ProtocolException($"a value of the metadata is longer than {Wire.MaxLineBytes} bytes");
            var taken = reader.Read(buffer.IsSingleSegment ? buffer.FirstSpan : buffer.ToArray(), read.IsCompleted);
            pipe.AdvanceTo(buffer.GetPosition(taken), buffer.End);
            if (read.IsCompleted)
                return reader.Result();
        }
    }

    private static Queue<StreamLine> ToLines(ClassicMetadataReader.Document document)
    {
        var lines = new Queue<StreamLine>();
        if (document.Error is { } message)
        {
            lines.Enqueue(new StreamLine.Error(message));
            return lines;
        }

        lines.Enqueue(new StreamLine.File(document.Path, document.Layout, DigestAlgorithm.Sha1, Version: null, Modified: default));
        for (var block = 0; block < document.Digests.Count;)
        {
            var count = document.Digests.KnownRun(block, Wire.MaxDigestsPerLine);
            if (count > 0)
                lines.Enqueue(new StreamLine.Blocks(block, document.Digests.Run(block, count)));
            block += Math.Max(count, 1);
        }

        if (document.Digests.IsComplete)
            lines.Enqueue(new StreamLine.End(document.Digests.Root()));
        return lines;
    }
}

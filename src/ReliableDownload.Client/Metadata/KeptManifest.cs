using System.Buffers;
using System.Runtime.CompilerServices;
using ReliableDownload.Client.Blocks;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Metadata;

/// <summary>The metadata of a finished download whose blocks are kept, in a file: the stream form as it came.</summary>
internal static class KeptManifest
{
    public static void Save(string path, StreamLine.File file, BlockMap map)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new StreamLineWriter(buffer);
        File.Delete(path);
        using var output = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        writer.File(file);
        for (var first = 0; first < map.Layout.BlockCount; first += Wire.MaxDigestsPerLine)
        {
            var count = Math.Min(Wire.MaxDigestsPerLine, map.Layout.BlockCount - first);
            writer.Blocks(first, map.Digests(first, count), file.Algorithm.Size);
            output.Write(buffer.WrittenSpan);
            buffer.ResetWrittenCount();
        }

        writer.End(map.Root());
        output.Write(buffer.WrittenSpan);
    }

    public static async IAsyncEnumerable<StreamLine> ReadAsync(Stream manifest, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var lines = new StreamLines(manifest);
        while (await lines.NextAsync(cancellationToken) is { } line)
            yield return line;
    }
}

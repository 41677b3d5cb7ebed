using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ReliableDownload.Protocol;

/// <summary>
/// Writes the classic form piece by piece, so that a document with any number of blocks needs only the memory of one piece:
/// <see cref="Begin"/>, <see cref="Blocks"/> until all are written, <see cref="End"/>; or <see cref="Error"/> alone.
/// </summary>
public sealed class ClassicMetadataWriter(IBufferWriter<byte> output) : IDisposable
{
    private static ReadOnlySpan<byte> Pending => "pending"u8;

    private readonly Utf8JsonWriter _json = new(output, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public void Begin(string path, BlockLayout layout)
    {
        Head(true, "", path, BlockSizeText(layout.BlockSize), layout.FileSize, layout.BlockCount);
        _json.WriteStartArray("blocks"u8);
    }

    /// <summary>Writes <paramref name="count"/> blocks from <paramref name="first"/> on and hands them to the buffer.</summary>
    public void Blocks(BlockLayout layout, DigestTable digests, int first, int count)
    {
        Span<byte> hex = stackalloc byte[2 * DigestAlgorithms.MaxSize];
        for (var block = first; block < first + count; block++)
        {
            _json.WriteStartArray();
            _json.WriteNumberValue(block);
            _json.WriteNumberValue(layout.Offset(block));
            _json.WriteNumberValue(layout.Offset(block + 1) - 1);
            if (Convert.TryToHexStringLower(digests[block], hex, out var length) && length > 0)
                _json.WriteStringValue(hex[..length]);
            else
                _json.WriteStringValue(Pending);
            _json.WriteEndArray();
        }

        _json.Flush();
    }

    public void End()
    {
        _json.WriteEndArray();
        _json.WriteEndObject();
        _json.Flush();
    }

    /// <summary>Writes a complete error document; it has all keys, because old clients need them.</summary>
    public void Error(string message)
    {
        Head(false, message, "", "", -1, -1);
        _json.WriteStartArray("blocks"u8);
        End();
    }

    /// <summary>The classic form's text for a block size: <c>2MiB</c> for whole MiB, otherwise <c>&lt;n&gt;B</c>.</summary>
    public static string BlockSizeText(int blockSize) => blockSize % (1 << 20) == 0 ? $"{blockSize >> 20}MiB" : $"{blockSize}B";

    public void Dispose() => _json.Dispose();

    private void Head(bool ok, string message, string path, string blockSize, long fileSize, int blockCount)
    {
        _json.WriteStartObject();
        _json.WriteBoolean("ok"u8, ok);
        _json.WriteString("msg"u8, message);
        _json.WriteString("path"u8, path);
        // Old clients require the key; a path on the server's disk is not disclosed.
        _json.WriteString("filepath"u8, path);
        _json.WriteString("block_size"u8, blockSize);
        _json.WriteNumber("file_size"u8, fileSize);
        _json.WriteNumber("block_count"u8, blockCount);
    }
}

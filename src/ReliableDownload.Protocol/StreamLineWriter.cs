using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ReliableDownload.Protocol;

/// <summary>Writes the lines of the stream form, each with its line feed, into a buffer. One per response.</summary>
public sealed class StreamLineWriter(IBufferWriter<byte> output) : IDisposable
{
    private readonly Utf8JsonWriter _json = new(output, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public void File(StreamLine.File file)
    {
        Begin("file"u8);
        _json.WriteString("path"u8, file.Path);
        _json.WriteNumber("size"u8, file.Layout.FileSize);
        _json.WriteNumber("block_size"u8, file.Layout.BlockSize);
        _json.WriteNumber("block_count"u8, file.Layout.BlockCount);
        _json.WriteString("digest"u8, file.Algorithm.WireName);
        _json.WriteString("version"u8, file.Version?.Text);
        _json.WriteString("modified"u8, file.Modified);
        End();
    }

    /// <summary>Writes the digests of consecutive blocks, <see cref="Wire.MaxDigestsPerLine"/> at most.</summary>
    /// <param name="first">The first block.</param>
    /// <param name="digests">The digests, concatenated.</param>
    /// <param name="digestSize">The size of one, in bytes.</param>
    public void Blocks(int first, ReadOnlySpan<byte> digests, int digestSize)
    {
        Begin("blocks"u8);
        _json.WriteNumber("first"u8, first);
        _json.WriteStartArray("digests"u8);
        Span<byte> hex = stackalloc byte[2 * DigestAlgorithms.MaxSize];
        for (; !digests.IsEmpty; digests = digests[digestSize..])
        {
            Convert.TryToHexStringLower(digests[..digestSize], hex, out var length);
            _json.WriteStringValue(hex[..length]);
        }

        _json.WriteEndArray();
        End();
    }

    public void Wait(long hashed)
    {
        Begin("wait"u8);
        _json.WriteNumber("hashed"u8, hashed);
        End();
    }

    public void End(ReadOnlySpan<byte> root)
    {
        Begin("end"u8);
        _json.WriteString("root"u8, Convert.ToHexStringLower(root));
        End();
    }

    public void Changed()
    {
        Begin("changed"u8);
        End();
    }

    public void Error(string message)
    {
        Begin("error"u8);
        _json.WriteString("msg"u8, message);
        End();
    }

    public void Dispose() => _json.Dispose();

    private void Begin(ReadOnlySpan<byte> type)
    {
        _json.WriteStartObject();
        _json.WriteString("type"u8, type);
    }

    private void End()
    {
        _json.WriteEndObject();
        _json.Flush();
        _json.Reset();
        output.Write("\n"u8);
    }
}

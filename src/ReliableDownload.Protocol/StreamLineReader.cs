using System.Globalization;
using System.Text.Json;

namespace ReliableDownload.Protocol;

/// <summary>Reads one line of the stream form. Unknown fields are ignored; lines of an unknown type are an error.</summary>
public static class StreamLineReader
{
    /// <param name="line">One line, with or without its line feed.</param>
    /// <exception cref="ProtocolException">The line is not of the stream form.</exception>
    public static StreamLine Read(ReadOnlySpan<byte> line)
    {
        var fields = new Fields();
        try
        {
            fields.Read(line);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw new ProtocolException($"a line of the metadata stream cannot be read: {error.Message}", error);
        }

        return fields.Type switch
        {
            "file" => fields.File(),
            "blocks" => new StreamLine.Blocks(fields.First, fields.Digests ?? throw Missing("digests")),
            "wait" => new StreamLine.Wait(fields.Hashed),
            "end" => new StreamLine.End(fields.Root ?? throw Missing("root")),
            "tree" => new StreamLine.Tree(),
            "changed" => new StreamLine.Changed(),
            "error" => new StreamLine.Error(fields.Message ?? ""),
            _ => throw new ProtocolException($"a line of the metadata stream has the unknown type '{fields.Type}'"),
        };
    }

    private static ProtocolException Missing(string field) => new($"a line of the metadata stream lacks '{field}'");

    private ref struct Fields
    {
        public string? Type;
        public int First = -1;
        public byte[]? Digests;
        public long Hashed;
        public byte[]? Root;
        public string? Message;
        private string? _path;
        private string? _version;
        private string? _digest;
        private string? _modified;
        private long _size = -1;
        private int _blockSize = -1;
        private long _blockCount = -1;

        public Fields()
        {
        }

        public void Read(ReadOnlySpan<byte> line)
        {
            var json = new Utf8JsonReader(line);
            json.Read();
            if (json.TokenType != JsonTokenType.StartObject)
                throw new FormatException("no object");
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
                ReadField(ref json);
            // Nothing may follow the object: the reader throws on anything but white space.
            while (json.Read())
            {
            }
        }

        private void ReadField(ref Utf8JsonReader json)
        {
            var name = json.GetString();
            json.Read();
            switch (name)
            {
                case "type": Type = json.GetString(); break;
                case "path": _path = json.GetString(); break;
                case "size": _size = json.GetInt64(); break;
                case "block_size": _blockSize = json.GetInt32(); break;
                case "block_count": _blockCount = json.GetInt64(); break;
                case "digest": _digest = json.GetString(); break;
                case "version": _version = json.GetString(); break;
                case "modified": _modified = json.GetString(); break;
                case "first": First = json.GetInt32(); break;
                case "digests": Digests = ReadDigests(ref json); break;
                case "hashed": Hashed = json.GetInt64(); break;
                case "root": Root = Convert.FromHexString(json.GetString() ?? ""); break;
                case "msg": Message = json.GetString(); break;
                default: json.Skip(); break;
            }
        }

        public readonly StreamLine.File File()
        {
            if (!DigestAlgorithms.TryParse(_digest, out var algorithm))
                throw new ProtocolException($"the digest '{_digest}' is not known");
            if (_version is null or "" || _version.Any(c => c is '"' or < '!' or > '~'))
                throw Missing("version");
            var layout = new BlockLayout(_size, _blockSize);
            if (layout.BlockCount != _blockCount)
                throw new ProtocolException($"{_size} bytes in blocks of {_blockSize} are {layout.BlockCount} blocks, not {_blockCount}");
            _ = DateTimeOffset.TryParse(_modified, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var modified);
            return new StreamLine.File(_path ?? "", layout, algorithm, new FileVersion(_version), modified);
        }

        private static byte[] ReadDigests(ref Utf8JsonReader json)
        {
            if (json.TokenType != JsonTokenType.StartArray)
                throw new FormatException("'digests' is no array");
            var digests = new MemoryStream();
            Span<byte> digest = stackalloc byte[DigestAlgorithms.MaxSize];
            while (json.Read() && json.TokenType == JsonTokenType.String)
            {
                // A digest has no escapes and is complete in the line, so its raw bytes are its text.
                if (json.ValueSpan.Length > 2 * digest.Length)
                    throw new FormatException("a digest is too long");
                if (Convert.FromHexString(json.ValueSpan, digest, out _, out var written) != System.Buffers.OperationStatus.Done)
                    throw new FormatException("a digest is not hex");
                digests.Write(digest[..written]);
            }

            return digests.ToArray();
        }
    }
}

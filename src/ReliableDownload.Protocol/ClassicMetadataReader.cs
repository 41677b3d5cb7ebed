using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace ReliableDownload.Protocol;

/// <summary>
/// Reads the classic form as it arrives, its keys in any order: <see cref="Read"/> for each piece, then <see cref="Result"/>.
/// Blocks are checked against each other as they arrive, and against the sizes at the end.
/// </summary>
public sealed class ClassicMetadataReader
{
    private readonly ArrayBufferWriter<byte> _digests = new();
    private readonly List<bool> _known = [];
    private JsonReaderState _state;
    private string? _key;
    private int _field;
    private long _end = -1;
    private long _firstLength;
    private bool _shortBlock;

    private bool? _ok;
    private string _message = "";
    private string _path = "";
    private string _blockSize = "";
    private long _fileSize = -1;
    private long _blockCount = -1;

    /// <summary>The content of a whole document: an error's sentence, or the layout and the digests known so far.</summary>
    public sealed record Document(string? Error, string Path, BlockLayout Layout, DigestTable Digests);

    /// <summary>Consumes what is complete of <paramref name="data"/> and returns its length; the rest must be passed again, followed by more data.</summary>
    /// <exception cref="ProtocolException">This is not the classic form.</exception>
    public int Read(ReadOnlySpan<byte> data, bool isFinal)
    {
        var json = new Utf8JsonReader(data, isFinal, _state);
        try
        {
            while (json.Read())
                Take(ref json);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw new ProtocolException($"the metadata cannot be read: {error.Message}", error);
        }

        _state = json.CurrentState;
        return (int)json.BytesConsumed;
    }

    /// <exception cref="ProtocolException">The document's numbers contradict each other.</exception>
    public Document Result()
    {
        if (_ok is null)
            throw new ProtocolException("the metadata has no 'ok'");
        if (_ok == false)
            return new Document(_message.Length > 0 ? _message : "the server gave no reason", _path, default, new DigestTable(DigestAlgorithm.Sha1, 0));
        var layout = new BlockLayout(_fileSize, ParseBlockSize(_blockSize));
        if (layout.BlockCount != _blockCount || _known.Count != _blockCount || _end + 1 != _fileSize)
            throw new ProtocolException($"the metadata's blocks ({_known.Count}, up to byte {_end}) are not those of a file of {_fileSize} bytes in {_blockCount} blocks of {_blockSize}");
        if (_known.Count > 1 && _firstLength != layout.BlockSize)
            throw new ProtocolException($"the metadata's blocks are {_firstLength} bytes long, not {_blockSize}");
        var digests = new DigestTable(DigestAlgorithm.Sha1, _known.Count);
        for (var block = 0; block < _known.Count; block++)
        {
            if (_known[block])
                digests.Set(block, _digests.WrittenSpan.Slice(block * DigestAlgorithm.Sha1.Size, DigestAlgorithm.Sha1.Size));
        }

        return new Document(null, _path, layout, digests);
    }

    private void Take(ref Utf8JsonReader json)
    {
        if (json is { TokenType: JsonTokenType.PropertyName, CurrentDepth: 1 })
            _key = json.GetString();
        else if (json.CurrentDepth == 1)
            TakeField(ref json);
        else if (_key == "blocks" && json.TokenType == JsonTokenType.StartArray && json.CurrentDepth == 2)
            _field = 0;
        else if (_key == "blocks" && json.CurrentDepth == 3)
            TakeBlockField(ref json);
        else if (_key == "blocks" && json.TokenType == JsonTokenType.EndArray && json.CurrentDepth == 2 && _field != 4)
            throw new FormatException("a block has not four parts");
    }

    private void TakeField(ref Utf8JsonReader json)
    {
        switch (_key)
        {
            case "ok": _ok = json.GetBoolean(); break;
            case "msg": _message = json.GetString() ?? ""; break;
            case "path": _path = json.GetString() ?? ""; break;
            case "block_size": _blockSize = json.GetString() ?? ""; break;
            case "file_size": _fileSize = json.GetInt64(); break;
            case "block_count": _blockCount = json.GetInt64(); break;
            default: break;
        }
    }

    // A block is [id, start, end, digest].
    private void TakeBlockField(ref Utf8JsonReader json)
    {
        switch (_field++)
        {
            case 0:
                if (json.GetInt64() != _known.Count || _known.Count == BlockLayout.MaxBlockCount)
                    throw new FormatException($"block {json.GetInt64()} stands where block {_known.Count} should");
                break;
            case 1:
                if (json.GetInt64() != _end + 1)
                    throw new FormatException($"block {_known.Count} begins at byte {json.GetInt64()}, not {_end + 1}");
                break;
            case 2:
                TakeEnd(json.GetInt64());
                break;
            case 3:
                TakeDigest(json.HasValueSequence ? json.ValueSequence.ToArray() : json.ValueSpan);
                break;
            default:
                throw new FormatException("a block has more than four parts");
        }
    }

    private void TakeEnd(long end)
    {
        var length = end - _end;
        if (_known.Count == 0)
            _firstLength = length;
        if (length < 1 || length > _firstLength || _shortBlock)
            throw new FormatException($"block {_known.Count} has a length that does not fit: {length}");
        _shortBlock = length < _firstLength;
        _end = end;
    }

    private void TakeDigest(ReadOnlySpan<byte> text)
    {
        var digest = _digests.GetSpan(DigestAlgorithm.Sha1.Size)[..DigestAlgorithm.Sha1.Size];
        var known = !text.SequenceEqual("pending"u8);
        if (known && (Convert.FromHexString(text, digest, out var consumed, out var written) != OperationStatus.Done || consumed != text.Length || written != digest.Length))
            throw new FormatException($"the digest of block {_known.Count} is not a SHA-1 in hex");
        _digests.Advance(digest.Length);
        _known.Add(known);
    }

    private static int ParseBlockSize(string text)
    {
        var (digits, unit) = text switch
        {
            _ when text.EndsWith("MiB", StringComparison.Ordinal) => (text[..^3], 1 << 20),
            _ when text.EndsWith("KiB", StringComparison.Ordinal) => (text[..^3], 1 << 10),
            _ when text.EndsWith('B') => (text[..^1], 1),
            _ => (text, 1),
        };
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            throw new ProtocolException($"the block size '{text}' cannot be read");
        return (int)Math.Min(Math.Min(count, int.MaxValue) * unit, int.MaxValue);
    }
}

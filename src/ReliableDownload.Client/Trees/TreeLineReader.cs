using System.Globalization;
using System.Text.Json;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Trees;

/// <summary>Reads one line of a tree or of an answer with files. Unknown fields are ignored, and so are lines of an unknown type.</summary>
internal struct TreeLineReader
{
    private const int DigestSize = 32;
    private const int MaxMode = 0x1FF;

    // Many lines wait in memory; rd-api's versions have at most 33.
    private const int MaxVersionLength = 256;

    private string? _path;
    private string? _version;
    private string? _modified;
    private string? _mode;
    private string? _digest;
    private string? _message;
    private long _size = -1;
    private long _files = -1;
    private long _folders = -1;
    private long _from = -1;
    private long _retryAfter = -1;
    private int _blockSize = -1;

    private TreeLineReader(ReadOnlySpan<byte> line)
    {
        try
        {
            var json = new Utf8JsonReader(line);
            json.Read();
            if (json.TokenType != JsonTokenType.StartObject)
                throw new FormatException("no object");
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
                ReadField(ref json);
            while (json.Read())
            {
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or OverflowException)
        {
            throw new ProtocolException($"a line of the server's tree cannot be read: {error.Message}", error);
        }
    }

    private string? Type { get; set; }

    /// <exception cref="ProtocolException">It is not what such a line may be.</exception>
    public static TreeLine OfTree(ReadOnlySpan<byte> line)
    {
        var fields = new TreeLineReader(line);
        switch (fields.Type)
        {
            case "tree":
                return fields._blockSize is > 0 and <= BlockLayout.MaxBlockSize ? new TreeLine.Head(fields._blockSize) : throw fields.Wrong("block_size");
            case "folder" or "file":
                var wire = fields._path ?? throw fields.Wrong("path");
                if (TreePath.Parse(wire, out var problem) is not { } path)
                    return new TreeLine.Refused(Shortened(wire), problem, IsByServer: false);
                return fields.Type == "folder" ? new TreeLine.Folder(path, TreeTime.Parse(fields._modified), fields.Mode()) : new TreeLine.File(path, fields.Facts());
            case "skipped":
                return new TreeLine.Refused(Shortened(fields._path ?? ""), fields._message ?? "the server cannot read it", IsByServer: true) { Path = TreePath.Parse(fields._path ?? "", out _) };
            case "end":
                return new TreeLine.End(
                    fields._files >= 0 ? fields._files : throw fields.Wrong("files"), fields._folders >= 0 ? fields._folders : throw fields.Wrong("folders"));
            case "error":
                return new TreeLine.Error(fields._message ?? "", fields._retryAfter is >= 0 and <= int.MaxValue and var seconds ? TimeSpan.FromSeconds(seconds) : null);
            default:
                return new TreeLine.Wait();
        }
    }

    /// <summary>Reads a line that stands before a file's bytes, or for them.</summary>
    /// <exception cref="ProtocolException">It is not what such a line may be.</exception>
    public static FileAnswerLine OfFiles(ReadOnlySpan<byte> line)
    {
        var fields = new TreeLineReader(line);
        return fields.Type switch
        {
            "content" => new FileAnswerLine(FileAnswerKind.Content, fields._path) { Facts = fields.Facts() },
            "gone" => new FileAnswerLine(FileAnswerKind.Gone, fields._path),
            "large" => new FileAnswerLine(FileAnswerKind.Large, fields._path),
            "failed" => new FileAnswerLine(FileAnswerKind.Failed, fields._path) { Message = Shortened(fields._message ?? "") },
            "rest" => new FileAnswerLine(FileAnswerKind.Rest, null) { From = fields._from is >= 0 and <= int.MaxValue ? (int)fields._from : throw fields.Wrong("from") },
            "end" => new FileAnswerLine(FileAnswerKind.End, null),
            _ => throw new ProtocolException($"an answer with files has a line of the unknown type '{Shortened(fields.Type ?? "")}'"),
        };
    }

    /// <summary>A text of the server's that is kept or shown.</summary>
    public static string Shortened(string text) => text.Length > 300 ? $"{text[..300]}…" : text;

    private readonly FileFacts Facts()
    {
        if (_size < 0)
            throw Wrong("size");
        if (_version is { Length: 0 or > MaxVersionLength } || _version?.Any(character => character is '"' or < '!' or > '~') == true)
            throw Wrong("version");
        byte[]? digest = null;
        if (_digest is not null)
        {
            digest = new byte[DigestSize];
            if (_digest.Length != 2 * DigestSize || Convert.FromHexString(_digest, digest, out _, out _) != System.Buffers.OperationStatus.Done)
                throw Wrong("digest");
        }

        return new FileFacts(_size, _version is { } version ? new FileVersion(version) : null, TreeTime.Parse(_modified), Mode(), digest);
    }

    private readonly int? Mode()
    {
        if (_mode is null)
            return null;
        var value = 0;
        foreach (var digit in _mode)
            value = digit is >= '0' and <= '7' && value <= MaxMode ? (value << 3) | (digit - '0') : throw Wrong("mode");
        return value & MaxMode;
    }

    private readonly ProtocolException Wrong(string field) => new(string.Create(CultureInfo.InvariantCulture, $"a line of type '{Type}' in the server's tree has no valid '{field}'"));

    private void ReadField(scoped ref Utf8JsonReader json)
    {
        var isType = json.ValueTextEquals("type"u8);
        var name = isType ? "type" : json.GetString();
        json.Read();
        switch (name)
        {
            case "type": Type = json.GetString(); break;
            case "path": _path = json.GetString(); break;
            case "size": _size = json.GetInt64(); break;
            case "version": _version = json.GetString(); break;
            case "modified": _modified = json.GetString(); break;
            case "mode": _mode = json.GetString(); break;
            // The head's is the name of the hash.
            case "digest": _digest = json.GetString(); break;
            case "msg": _message = json.GetString(); break;
            case "files": _files = json.GetInt64(); break;
            case "folders": _folders = json.GetInt64(); break;
            case "retry_after": _retryAfter = json.GetInt64(); break;
            case "from": _from = json.GetInt64(); break;
            case "block_size": _blockSize = json.GetInt32(); break;
            default: json.Skip(); break;
        }
    }
}

/// <summary>What an answer with files says in a file's place.</summary>
internal enum FileAnswerKind
{
    /// <summary>The file's bytes follow.</summary>
    Content,

    /// <summary>There is no such file, or it may not be seen.</summary>
    Gone,

    /// <summary>It has more than one block: it is to be fetched by ranges.</summary>
    Large,

    /// <summary>The server could not read it.</summary>
    Failed,

    /// <summary>The answer is long enough; the files from <see cref="FileAnswerLine.From"/> on are to be asked for again.</summary>
    Rest,

    /// <summary>All were answered.</summary>
    End,
}

/// <summary>One line of an answer with files.</summary>
internal readonly record struct FileAnswerLine(FileAnswerKind Kind, string? Path)
{
    public FileFacts? Facts { get; init; }

    public string Message { get; init; } = "";

    public int From { get; init; }
}

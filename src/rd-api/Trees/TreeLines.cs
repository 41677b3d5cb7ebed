using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ReliableDownload.Api.Files;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Trees;

/// <summary>Writes the lines of a tree (docs/protocol.md), and sums up what they tell. One per answer.</summary>
/// <param name="now">Tells which files are too young to have a version.</param>
internal sealed class TreeLines(IBufferWriter<byte> output, DateTimeOffset now) : IDisposable
{
    /// <summary>The line that says that the server is alive.</summary>
    public static ReadOnlySpan<byte> Wait => "{\"type\":\"wait\"}\n"u8;

    private readonly Utf8JsonWriter _json = new(output, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
    private readonly IncrementalHash _root = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly ArrayBufferWriter<byte> _path = new();
    private long _files;
    private long _folders;
    private long _bytes;

    public void Tree(RequestPath path, int blockSize)
    {
        Begin("tree"u8);
        _json.WriteString("path"u8, path.Bytes.IsEmpty ? "" : PercentEncoding.Encode(path.Bytes.Span) + "/");
        _json.WriteNumber("block_size"u8, blockSize);
        _json.WriteString("digest"u8, DigestAlgorithm.Sha256.WireName);
        End();
    }

    public void Folder(TreeLevel level, ReadOnlySpan<byte> name, FolderEntry found)
    {
        Begin("folder"u8);
        Path(level.Encoded, name, isFolder: true);
        Modified(_json, found.Identity);
        Mode(_json, found.Access);
        End();
        Sum(default, "");
        _folders++;
    }

    public void File(TreeLevel level, ReadOnlySpan<byte> name, FolderEntry found, string? digest)
    {
        var identity = found.Identity;
        Begin("file"u8);
        Path(level.Encoded, name, isFolder: false);
        _json.WriteNumber("size"u8, identity.Size);
        var version = Version(_json, identity, now);
        Modified(_json, identity);
        Mode(_json, found.Access);
        if (digest is not null)
            _json.WriteString("digest"u8, digest);
        End();
        Span<byte> size = stackalloc byte[20];
        identity.Size.TryFormat(size, out var digits, provider: System.Globalization.CultureInfo.InvariantCulture);
        Sum(size[..digits], version ?? "");
        _files++;
        _bytes += identity.Size;
    }

    public void Skipped(TreeLevel level, ReadOnlySpan<byte> name, bool isFolder, string reason)
    {
        Begin("skipped"u8);
        Path(level.Encoded, name, isFolder);
        _json.WriteString("msg"u8, reason);
        End();
    }

    /// <param name="isWhole">Whether the lines tell a whole tree, which has a root.</param>
    public void End(bool isWhole)
    {
        Begin("end"u8);
        _json.WriteNumber("files"u8, _files);
        _json.WriteNumber("folders"u8, _folders);
        _json.WriteNumber("bytes"u8, _bytes);
        if (isWhole)
            _json.WriteString("root"u8, Convert.ToHexStringLower(_root.GetHashAndReset()));
        End();
    }

    /// <param name="retryAfter">In seconds, where nothing is wrong but that there is too much to do.</param>
    public void Error(string message, int? retryAfter)
    {
        Begin("error"u8);
        _json.WriteString("msg"u8, message);
        if (retryAfter is { } seconds)
            _json.WriteNumber("retry_after"u8, seconds);
        End();
    }

    public void Dispose()
    {
        _json.Dispose();
        _root.Dispose();
    }

    /// <summary>Writes the bits of access, if files have some, as they are usually written: in octal.</summary>
    public static void Mode(Utf8JsonWriter json, int? access)
    {
        if (access is not { } bits)
            return;
        Span<byte> octal = [(byte)('0' + (bits >> 9)), (byte)('0' + (bits >> 6 & 7)), (byte)('0' + (bits >> 3 & 7)), (byte)('0' + (bits & 7))];
        json.WriteString("mode"u8, octal[0] == '0' ? octal[1..] : octal);
    }

    /// <summary>Writes when it was modified.</summary>
    public static void Modified(Utf8JsonWriter json, FileIdentity identity)
    {
        Span<byte> text = stackalloc byte[TreeTime.MaxLength];
        json.WriteString("modified"u8, text[..TreeTime.Format(identity.Modified, text)]);
    }

    /// <summary>Writes which version it is, and returns that; null for a file that may change again without another one.</summary>
    public static string? Version(Utf8JsonWriter json, FileIdentity identity, DateTimeOffset now)
    {
        var version = identity.IsYoung(now) ? null : identity.Version.Text;
        json.WriteString("version"u8, version);
        return version;
    }

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

    private void Path(ReadOnlySpan<byte> above, ReadOnlySpan<byte> name, bool isFolder)
    {
        _path.ResetWrittenCount();
        _path.Write(above);
        PercentEncoding.Encode(name, _path);
        if (isFolder)
            _path.Write("/"u8);
        _json.WriteString("path"u8, _path.WrittenSpan);
    }

    private void Sum(ReadOnlySpan<byte> size, string version)
    {
        _path.Write("\0"u8);
        _path.Write(size);
        _path.Write("\0"u8);
        Encoding.ASCII.GetBytes(version, _path);
        _path.Write("\n"u8);
        _root.AppendData(_path.WrittenSpan);
    }
}

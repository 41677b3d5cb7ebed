using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ReliableDownload.Client.Trees;

/// <summary>
/// The name of something below a tree's folder, as a server told it and as it may be made here: relative, none of its parts empty, <c>.</c> or <c>..</c>, bounded.
/// On Linux its bytes are kept whatever they are.
/// </summary>
internal sealed class TreePath
{
    /// <summary>The most folders inside each other; as many as a server lists.</summary>
    public const int MaxDepth = 256;

    /// <summary>The longest path in bytes: what Linux takes in one call (PATH_MAX).</summary>
    public const int MaxBytes = 4096;

    // Each byte can be three characters.
    private const int MaxCharacters = 3 * MaxBytes;

    /// <summary>The order of a tree.</summary>
    public static readonly IComparer<TreePath> Order = Comparer<TreePath>.Create(static (one, other) => one.CompareWith(other));

    private readonly byte[] _bytes;

    private readonly string? _wire;

    private TreePath(string? wire, byte[] bytes) => (_wire, _bytes) = (wire, bytes);

    /// <summary>As the server wrote it: percent-encoded, without a final slash.</summary>
    public string Wire => _wire ?? Url;

    /// <summary>The decoded bytes, parts separated by slashes.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>For messages, and for systems whose names are text.</summary>
    public string Text => Encoding.UTF8.GetString(_bytes);

    /// <summary>How much memory it takes, in bytes.</summary>
    public int HeldBytes => 100 + _bytes.Length + (2 * (_wire?.Length ?? 0));

    /// <summary>How many folders it is in.</summary>
    public int Depth => _bytes.AsSpan().Count((byte)'/');

    /// <summary>The bytes of the last part.</summary>
    public ReadOnlySpan<byte> Name => _bytes.AsSpan(_bytes.AsSpan().LastIndexOf((byte)'/') + 1);

    /// <summary>The bytes of the folder that it is in; empty for the tree's own.</summary>
    public ReadOnlySpan<byte> Folder => _bytes.AsSpan(0, Math.Max(0, _bytes.AsSpan().LastIndexOf((byte)'/')));

    /// <summary>The path as a URL has it, encoded anew: what a server sent could hold a query.</summary>
    public string Url
    {
        get
        {
            var url = new StringBuilder(_bytes.Length);
            foreach (var value in _bytes)
            {
                if (char.IsAsciiLetterOrDigit((char)value) || value is (byte)'/' or (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~')
                    url.Append((char)value);
                else
                    url.Append('%').Append(value.ToString("X2", CultureInfo.InvariantCulture));
            }

            return url.ToString();
        }
    }

    /// <summary>A name for files that are made on the path's behalf.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(_bytes).AsSpan(0, 16));

    /// <summary>Reads a path of a server; null, and why, where nothing may be made under it.</summary>
    public static TreePath? Parse(string wire, out string problem)
    {
        wire = wire.EndsWith('/') ? wire[..^1] : wire;
        problem = wire.Length > MaxCharacters ? $"is longer than {MaxBytes} bytes" : "is not percent-encoded";
        if (wire.Length > MaxCharacters || Decode(wire) is not { } bytes)
            return null;
        problem = ProblemOf(bytes);
        return problem.Length == 0 ? new TreePath(wire, bytes) : null;
    }

    /// <summary>The folder that it is in; null for the tree's own.</summary>
    public TreePath? Parent => Folder.IsEmpty ? null : new TreePath(null, Folder.ToArray());

    /// <summary>Whether it is below a folder, at any depth; the tree's own is empty.</summary>
    public bool IsIn(ReadOnlySpan<byte> folder) =>
        folder.IsEmpty || (_bytes.Length > folder.Length && _bytes[folder.Length] == '/' && _bytes.AsSpan().StartsWith(folder));

    /// <summary>A name on disk in a folder of the tree, null being the tree's own; null where it is too long or too deep for a tree.</summary>
    public static TreePath? In(TreePath? folder, ReadOnlySpan<byte> name)
    {
        byte[] bytes = folder is null ? name.ToArray() : [.. folder.Bytes, (byte)'/', .. name];
        return ProblemOf(bytes).Length == 0 ? new TreePath(null, bytes) : null;
    }

    /// <summary>In the order of a tree: part by part, each by its bytes, so that what is in a folder follows it.</summary>
    public int CompareWith(TreePath other)
    {
        ReadOnlySpan<byte> mine = _bytes, its = other._bytes;
        var same = mine.CommonPrefixLength(its);
        if (same == mine.Length || same == its.Length)
            return mine.Length - its.Length;
        // The end of a part comes before any byte of a longer one.
        return (mine[same] == '/' ? -1 : mine[same]) - (its[same] == '/' ? -1 : its[same]);
    }

    public override string ToString() => Text;

    private static byte[]? Decode(string wire)
    {
        var bytes = new byte[wire.Length];
        var length = 0;
        for (var i = 0; i < wire.Length; i++)
        {
            var value = (int)wire[i];
            if (value == '%')
            {
                if (i + 2 >= wire.Length || !char.IsAsciiHexDigit(wire[i + 1]) || !char.IsAsciiHexDigit(wire[i + 2]))
                    return null;
                value = (Convert.ToInt32(wire[i + 1].ToString(), 16) << 4) | Convert.ToInt32(wire[i + 2].ToString(), 16);
                // A slash inside a name would be one between two.
                if (value == '/')
                    value = 0;
                i += 2;
            }
            else if (value > 0x7E)
            {
                return null;
            }

            bytes[length++] = (byte)value;
        }

        return bytes[..length];
    }

    private static string ProblemOf(ReadOnlySpan<byte> path)
    {
        if (path.Length is 0 or > MaxBytes)
            return path.Length == 0 ? "is empty" : $"is longer than {MaxBytes} bytes";
        if (path[0] == '/')
            return "is absolute";
        if (path.Count((byte)'/') >= MaxDepth)
            return $"is in more than {MaxDepth} folders";
        foreach (var range in path.Split((byte)'/'))
        {
            var part = path[range];
            var problem = part.Length == 0 || part.SequenceEqual("."u8) || part.SequenceEqual(".."u8) ? "has a part that names no file ('..', '.' or nothing)"
                : part.Length > FileNames.MaxBytes ? $"has a part of more than {FileNames.MaxBytes} bytes"
                : part.Contains((byte)0) ? "has a zero byte or an encoded slash in it"
                : OperatingSystem.IsLinux() ? ""
                : ProblemAsText(part);
            if (problem.Length > 0)
                return problem;
        }

        return "";
    }

    // Where names are text, not any bytes.
    private static string ProblemAsText(ReadOnlySpan<byte> part)
    {
        var text = Encoding.UTF8.GetString(part);
        return text.Contains('\uFFFD') ? "is not UTF-8, as names are here"
            : text.AsSpan().IndexOfAny(Path.GetInvalidFileNameChars()) >= 0 || text.Contains('\\') ? "has characters that this system has not in names"
            : OperatingSystem.IsWindows() && FileNames.IsReservedOnWindows(text) ? "has a name that Windows keeps for itself"
            : "";
    }
}

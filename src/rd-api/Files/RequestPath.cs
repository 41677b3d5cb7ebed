using System.Text;

namespace ReliableDownload.Api.Files;

/// <summary>
/// The path of a request below the root, decoded once into the file system's bytes: names need not be UTF-8.
/// </summary>
/// <param name="Bytes">Segments between single slashes, none of which is <c>.</c> or <c>..</c>;
/// no NUL, no backslash; empty for the root.</param>
/// <param name="EndsWithSlash">The request names a folder, with a slash or a dot segment at its end that is not in <paramref name="Bytes"/>.</param>
internal readonly record struct RequestPath(ReadOnlyMemory<byte> Bytes, bool EndsWithSlash = false)
{
    /// <summary>The folder that is served.</summary>
    public static readonly RequestPath Root = new(ReadOnlyMemory<byte>.Empty, EndsWithSlash: true);

    /// <summary>The path as text for people; invalid UTF-8 is replaced by U+FFFD.</summary>
    public string Text => Encoding.UTF8.GetString(Bytes.Span);

    /// <summary>Whether a segment begins with a dot.</summary>
    public bool IsHidden => Bytes.Span.StartsWith("."u8) || Bytes.Span.IndexOf("/."u8) >= 0;

    /// <summary>
    /// Parses a request target as received, in origin or absolute form (RFC 9112, 3.2): the framework's own path is
    /// decoded as UTF-8, which names need not be. Dot segments are removed as in RFC 3986, 5.2.4, and repeated slashes count as one,
    /// as in nginx and Apache: apt asks for <c>/repository/./Packages</c>. A path that leads above the root is refused, not truncated.
    /// </summary>
    public static PathVerdict Parse(string target, out RequestPath path)
    {
        path = Root;
        var encoded = EncodedOf(target);
        if (!encoded.StartsWith('/'))
            return PathVerdict.Malformed;
        encoded = encoded[1..];
        if (encoded.IsEmpty)
            return PathVerdict.Good;

        var bytes = new byte[encoded.Length];
        var verdict = Decode(encoded, bytes, out var length);
        if (verdict != PathVerdict.Good)
            return verdict;
        if (!TryRemoveDotSegments(bytes.AsSpan(0, length), out length, out var endsWithSlash))
            return PathVerdict.Forbidden;
        path = new RequestPath(bytes.AsMemory(0, length), endsWithSlash);
        return PathVerdict.Good;
    }

    /// <summary>Whether a name can be requested. A name may contain a backslash, but on some systems that is a separator.</summary>
    public static bool IsName(ReadOnlySpan<byte> name) =>
        !name.IsEmpty && !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8) && !name.ContainsAny("/\\\0"u8);

    /// <summary>What is below the first segment, if that is <paramref name="first"/>.</summary>
    public bool TryBelow(ReadOnlySpan<byte> first, out RequestPath rest)
    {
        var isFirst = Bytes.Span.SequenceEqual(first);
        var isBelow = Bytes.Span.StartsWith(first) && !isFirst && Bytes.Span[first.Length] == '/';
        rest = isBelow ? this with { Bytes = Bytes[(first.Length + 1)..] } : Root;
        return isBelow || (isFirst && EndsWithSlash);
    }

    /// <summary>The file or folder called <paramref name="name"/> in this folder.</summary>
    public RequestPath Child(ReadOnlySpan<byte> name) => new(Bytes.IsEmpty ? name.ToArray() : (byte[])[.. Bytes.Span, (byte)'/', .. name]);

    /// <summary>What follows the path of a folder that this path is below.</summary>
    public ReadOnlyMemory<byte> Below(RequestPath folder) => Bytes[(folder.Bytes.IsEmpty ? 0 : folder.Bytes.Length + 1)..];

    /// <summary>The folder that this path is in, if its last segment is <paramref name="name"/>.</summary>
    public RequestPath? FolderOf(ReadOnlySpan<byte> name)
    {
        var bytes = Bytes.Span;
        if (bytes.SequenceEqual(name))
            return Root;
        var length = bytes.Length - name.Length - 1;
        return length > 0 && bytes.EndsWith(name) && bytes[length] == '/' ? new RequestPath(Bytes[..length], EndsWithSlash: true) : null;
    }

    public override string ToString() => Text;

    /// <summary>The path within a request target, as received: without origin and query.</summary>
    public static ReadOnlySpan<char> EncodedOf(string target)
    {
        var path = WithoutOrigin(target);
        var query = path.IndexOf('?');
        return query < 0 ? path : path[..query];
    }

    private static ReadOnlySpan<char> WithoutOrigin(string target)
    {
        var authority = target.IndexOf("://", StringComparison.Ordinal);
        if (target.StartsWith('/') || authority < 0)
            return target;
        var path = target.AsSpan(authority + 3).IndexOfAny('/', '?');
        return path < 0 || target[authority + 3 + path] == '?' ? "/" : target.AsSpan(authority + 3 + path);
    }

    /// <summary>Works in place: what remains is never longer than what was read.</summary>
    /// <returns>False if the path leads above the root or has a segment that cannot be a file's name.</returns>
    private static bool TryRemoveDotSegments(Span<byte> path, out int length, out bool endsWithSlash)
    {
        length = 0;
        endsWithSlash = true;
        foreach (var range in path.Split((byte)'/'))
        {
            var segment = path[range];
            var isUp = segment.SequenceEqual(".."u8);
            endsWithSlash = isUp || segment.IsEmpty || segment.SequenceEqual("."u8);
            if (isUp)
            {
                if (length == 0)
                    return false;
                length = Math.Max(path[..length].LastIndexOf((byte)'/'), 0);
            }
            else if (!endsWithSlash)
            {
                if (!IsName(segment))
                    return false;
                if (length > 0)
                    path[length++] = (byte)'/';
                segment.CopyTo(path[length..]);
                length += segment.Length;
            }
        }

        return true;
    }

    private static PathVerdict Decode(ReadOnlySpan<char> encoded, Span<byte> bytes, out int length)
    {
        length = 0;
        for (var i = 0; i < encoded.Length; i++)
        {
            if (!char.IsAscii(encoded[i]))
                return PathVerdict.Malformed;
            if (encoded[i] != '%')
            {
                bytes[length++] = (byte)encoded[i];
                continue;
            }

            if (i + 2 >= encoded.Length || !char.IsAsciiHexDigit(encoded[i + 1]) || !char.IsAsciiHexDigit(encoded[i + 2]))
                return PathVerdict.Malformed;
            var value = Convert.FromHexString(encoded.Slice(i + 1, 2))[0];
            // An encoded slash would be part of a name, and no file's name has one.
            if (value == '/')
                return PathVerdict.Forbidden;
            bytes[length++] = value;
            i += 2;
        }

        return PathVerdict.Good;
    }
}

/// <summary>The result of <see cref="RequestPath.Parse"/>.</summary>
internal enum PathVerdict
{
    Good,

    /// <summary>No path at all, or an invalid escape: 400.</summary>
    Malformed,

    /// <summary>A path that no served file can have, such as one that leads above the root: 404.</summary>
    Forbidden,
}

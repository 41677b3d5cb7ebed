namespace ReliableDownload.Protocol;

/// <summary>
/// Identifies a file's content, usually before any of it is hashed: by its size and modification time. It is the ETag (in quotes) and the
/// stream's <c>version</c>, and is the same on two servers that hold copies with preserved times.
/// </summary>
/// <param name="Text">Hex digits and <c>-</c> if made by <see cref="Of"/>; from a server any text without quotes.</param>
public readonly record struct FileVersion(string Text)
{
    /// <summary>The version of a file of <paramref name="size"/> bytes, modified <paramref name="modified"/> nanoseconds after 1970 (UTC).</summary>
    public static FileVersion Of(long size, long modified) => new($"{size:x}-{modified:x}");

    /// <summary>The strong entity tag of RFC 9110, 8.8.3.</summary>
    public string ETag => $"\"{Text}\"";

    public override string ToString() => Text;
}

namespace ReliableDownload.Api.Files;

/// <summary>
/// The path of a request below the root, decoded once into the bytes that the file system knows: names need not be UTF-8.
/// </summary>
/// <param name="Bytes">Segments separated by single slashes, none of them empty, <c>.</c> or <c>..</c>; no NUL, no leading slash; empty for the root.</param>
internal readonly record struct RequestPath(ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The path as text for people; what is no UTF-8 is replaced by U+FFFD.</summary>
    public string Text => System.Text.Encoding.UTF8.GetString(Bytes.Span);

    public override string ToString() => Text;
}

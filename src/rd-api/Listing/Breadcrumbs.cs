using System.Buffers;
using System.Text;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Listing;

/// <summary>Writes a path as heading, with a link to each folder above.</summary>
internal static class Breadcrumbs
{
    public static void Write(IBufferWriter<byte> page, RequestPath folder, LinkTail tail)
    {
        page.Write("<nav aria-label=\"Path\"><h1>"u8);
        var depth = folder.Bytes.IsEmpty ? 0 : folder.Bytes.Span.Count((byte)'/') + 1;
        Link(page, depth, "/"u8, tail);
        var rest = folder.Bytes.Span;
        while (depth-- > 0)
        {
            var end = rest.IndexOf((byte)'/');
            Link(page, depth, end < 0 ? rest : rest[..end], tail);
            page.Write("/"u8);
            rest = end < 0 ? default : rest[(end + 1)..];
        }

        page.Write("</h1></nav>\n"u8);
    }

    /// <summary>The same for a file, whose folder is a link, too.</summary>
    public static void WriteFile(IBufferWriter<byte> page, RequestPath file, LinkTail tail)
    {
        page.Write("<nav aria-label=\"Path\"><h1>"u8);
        var rest = file.Bytes.Span;
        var depth = rest.Count((byte)'/');
        Up(page, depth, "/"u8, tail);
        while (depth-- > 0)
        {
            var end = rest.IndexOf((byte)'/');
            Up(page, depth, rest[..end], tail);
            page.Write("/"u8);
            rest = rest[(end + 1)..];
        }

        Link(page, 0, rest, tail);
        page.Write("</h1></nav>\n"u8);
    }

    // From a file, "./" is its folder.
    private static void Up(IBufferWriter<byte> page, int depth, ReadOnlySpan<byte> name, LinkTail tail)
    {
        page.Write("<a href=\"./"u8);
        for (var i = 0; i < depth; i++)
            page.Write("../"u8);
        Encoding.UTF8.GetBytes(tail.First, page);
        page.Write("\"><bdi>"u8);
        Html.Escape(name, page);
        page.Write("</bdi></a>"u8);
    }

    private static void Link(IBufferWriter<byte> page, int depth, ReadOnlySpan<byte> name, LinkTail tail)
    {
        page.Write(depth == 0 ? "<bdi>"u8 : "<a href=\""u8);
        for (var i = 0; i < depth; i++)
            page.Write("../"u8);
        if (depth > 0)
        {
            Encoding.UTF8.GetBytes(tail.First, page);
            page.Write("\"><bdi>"u8);
        }

        Html.Escape(name, page);
        page.Write(depth == 0 ? "</bdi>"u8 : "</bdi></a>"u8);
    }
}

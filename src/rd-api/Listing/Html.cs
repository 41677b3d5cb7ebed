using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace ReliableDownload.Api.Listing;

/// <summary>Escapes text for HTML: everything with a meaning there, control characters and invalid UTF-8; letters of all scripts stay.</summary>
internal static class Html
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    // Bytes that one byte may become: &#xFFFD; for invalid UTF-8.
    private const int MaxEscaped = 10;

    public static string Encode(string text) => Encoder.Encode(text);

    public static void Escape(ReadOnlySpan<byte> text, IBufferWriter<byte> page)
    {
        Encoder.EncodeUtf8(text, page.GetSpan(MaxEscaped * text.Length), out _, out var written);
        page.Advance(written);
    }
}

using System.Net.Http.Headers;
using System.Text;

namespace ReliableDownload.Client.Network;

/// <summary>The name that a server suggests for a file (RFC 6266).</summary>
internal static class SuggestedName
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The name, safe to create in any folder; null where the server suggests none that is.</summary>
    public static string? Of(HttpResponseMessage answer) =>
        answer.Content.Headers.ContentDisposition is { } disposition ? Of(disposition) : null;

    // filename* (RFC 8187) is for those who understand it, filename for the others.
    private static string? Of(ContentDispositionHeaderValue disposition) =>
        Clean(disposition.FileNameStar) ?? Clean(disposition.FileName is { } name ? AsUtf8(Unquoted(name)) : null);

    private static string? Clean(string? name) => name is null ? null : FileNames.Clean(name);

    // A quoted string of RFC 9110: in it a backslash stands before a character that is meant as it is. Some servers send paths of Windows so, too.
    private static string Unquoted(string text) =>
        (text is ['"', .., '"'] ? text[1..^1] : text).Replace("\\\"", "\"").Replace("\\\\", "\\");

    // Headers are read as Latin-1; what many servers send there is UTF-8.
    private static string AsUtf8(string text)
    {
        if (text.All(char.IsAscii) || text.Any(character => character > 0xFF))
            return text;
        try
        {
            return StrictUtf8.GetString(Encoding.Latin1.GetBytes(text));
        }
        catch (DecoderFallbackException)
        {
            return text;
        }
    }
}

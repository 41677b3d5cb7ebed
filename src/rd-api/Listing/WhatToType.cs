using System.Buffers;
using System.Text;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Listing;

/// <summary>Writes the commands that fetch a file, and its URL as a picture for phones.</summary>
internal static class WhatToType
{
    public static void Write(IBufferWriter<byte> page, string url, ReadOnlySpan<byte> name, LinkTail tail)
    {
        // A shell would take the & of a signature for the command's end.
        var (link, metalink) = tail.Query.Length == 0 ? (url, $"{url}?meta4") : ($"'{url}?{tail.Query}'", $"'{url}?meta4&{tail.Query}'");
        Write(page, $"<h2>What to type</h2>\n<div data-url=\"{Html.Encode(url)}\">\n");
        Command(page, "With rd: resumes, and proves every byte", $"rd {link}");
        Command(page, "With aria2: proves by a Metalink", $"aria2c --follow-metalink=mem {metalink}");
        Command(page, "With curl: resumes, proves nothing", $"curl -C - {OutputOf(name)} {link}");

        Write(page, "</div>\n");
        if (QrCode.Svg(tail.Query.Length == 0 ? url : $"{url}?{tail.Query}") is { } picture)
            Write(page, $"<h2>For a phone</h2>\n{picture}\n");
    }

    // curl's -O keeps the URL's percent signs in the name.
    private static string OutputOf(ReadOnlySpan<byte> name)
    {
        var text = Encoding.UTF8.GetString(name);
        var isSame = PercentEncoding.Encode(name) == text;
        return isSame || text.Any(char.IsControl) || text.Contains('\uFFFD') ? "-O" : $"-o '{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

    private static void Command(IBufferWriter<byte> page, string what, string command) =>
        Write(page, $"<p>{what}:</p><div class=\"type\"><pre data-what=\"{what}\" tabindex=\"0\">{Html.Encode(command)}</pre></div>\n");

    private static void Write(IBufferWriter<byte> page, string text) => Encoding.UTF8.GetBytes(text, page);
}

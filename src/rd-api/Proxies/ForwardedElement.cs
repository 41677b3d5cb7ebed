using System.Net;
using Microsoft.Extensions.Primitives;

namespace ReliableDownload.Api.Proxies;

/// <summary>What one proxy says in a <c>Forwarded</c> header (RFC 7239, 4).</summary>
/// <param name="For">Who asked it; null if it does not say, or not by an address.</param>
/// <param name="Scheme">How: <c>http</c> or <c>https</c>; null if it does not say.</param>
/// <param name="Host">The host that was asked for; null if it does not say.</param>
internal readonly record struct ForwardedElement(IPEndPoint? For, string? Scheme, string? Host)
{
    private const string Blanks = " \t";

    /// <summary>
    /// The nearest proxy's first, up to one that is malformed: a client may send anything, and must not thereby hide what the proxies add behind it.
    /// </summary>
    public static IReadOnlyList<ForwardedElement> Parse(StringValues headers)
    {
        var elements = new List<ForwardedElement>();
        for (var index = headers.Count - 1; index >= 0; index--)
        {
            for (var rest = (headers[index] ?? "").AsSpan(); !rest.IsEmpty;)
            {
                var comma = LastComma(rest);
                var text = rest[(comma + 1)..].Trim(Blanks);
                rest = rest[..Math.Max(comma, 0)];
                if (text.IsEmpty)
                    continue;
                if (elements.Count == Limits.ChainedProxies || !TryParse(text, out var element))
                    return elements;
                elements.Add(element);
            }
        }

        return elements;
    }

    // Those within quotes do not count; -1 if there is none.
    private static int LastComma(ReadOnlySpan<char> text)
    {
        var isQuoted = false;
        for (var index = text.Length - 1; index >= 0; index--)
        {
            isQuoted ^= text[index] == '"';
            if (text[index] == ',' && !isQuoted)
                return index;
        }

        return -1;
    }

    private static bool TryParse(ReadOnlySpan<char> rest, out ForwardedElement element)
    {
        element = default;
        while (!rest.IsEmpty)
        {
            var equals = rest.IndexOf('=');
            if (equals <= 0)
                return false;
            var name = rest[..equals];
            rest = rest[(equals + 1)..];
            if (!TryTakeValue(ref rest, out var value))
                return false;
            element = element.With(name, value);
            rest = rest.TrimStart(Blanks);
            if (!rest.IsEmpty && rest[0] != ';')
                return false;
            rest = rest.TrimStart(" \t;");
        }

        return true;
    }

    private static bool TryTakeValue(ref ReadOnlySpan<char> rest, out string value)
    {
        value = "";
        if (rest is not ['"', ..])
        {
            var end = rest.IndexOfAny("; \t");
            value = (end < 0 ? rest : rest[..end]).ToString();
            rest = end < 0 ? default : rest[end..];
            return true;
        }

        var quote = rest[1..].IndexOf('"');
        // No address, scheme or host needs an escape.
        if (quote < 0 || rest[1..(quote + 1)].Contains('\\'))
            return false;
        value = rest[1..(quote + 1)].ToString();
        rest = rest[(quote + 2)..];
        return true;
    }

    private ForwardedElement With(ReadOnlySpan<char> name, string value)
    {
        if (name.Equals("for", StringComparison.OrdinalIgnoreCase))
            return this with { For = IPEndPoint.TryParse(value, out var address) ? address : null };
        if (name.Equals("proto", StringComparison.OrdinalIgnoreCase))
            return this with { Scheme = value.ToLowerInvariant() is ("http" or "https") and var scheme ? scheme : null };
        if (name.Equals("host", StringComparison.OrdinalIgnoreCase))
            return this with { Host = value.Length > 0 && value.All(character => char.IsAsciiLetterOrDigit(character) || "-._:[]".Contains(character)) ? value : null };
        return this;
    }
}

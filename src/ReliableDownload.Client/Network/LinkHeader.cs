namespace ReliableDownload.Client.Network;

/// <summary>Reads Link headers (RFC 8288, 3).</summary>
internal static class LinkHeader
{
    /// <summary>The targets of all links that have this relation, in their order.</summary>
    /// <param name="values">The values of the header's lines, each with any number of links.</param>
    /// <param name="mediaType">The media type that they have to have; null for any.</param>
    public static IEnumerable<string> FindAll(IEnumerable<string> values, string relation, string? mediaType)
    {
        foreach (var value in values)
        {
            foreach (var link in Split(value, ','))
            {
                var parts = Split(link, ';');
                var target = parts[0].Trim();
                if (target.StartsWith('<') && target.EndsWith('>')
                    && ParameterOf(parts, "rel").Split(' ').Contains(relation, StringComparer.OrdinalIgnoreCase)
                    && (mediaType is null || ParameterOf(parts, "type").Equals(mediaType, StringComparison.OrdinalIgnoreCase)))
                    yield return target[1..^1];
            }
        }
    }

    private static string ParameterOf(List<string> parts, string name)
    {
        foreach (var part in parts.Skip(1))
        {
            var equals = part.IndexOf('=');
            if (equals > 0 && part.AsSpan(0, equals).Trim().Equals(name, StringComparison.OrdinalIgnoreCase))
                return part[(equals + 1)..].Trim().Trim('"');
        }

        return "";
    }

    /// <summary>Cuts at each separator that is neither within quotes nor within a target.</summary>
    private static List<string> Split(string text, char separator)
    {
        var parts = new List<string>();
        var (start, end) = (0, '\0');
        for (var i = 0; i < text.Length; i++)
        {
            if (end == '\0' && text[i] == separator)
            {
                parts.Add(text[start..i]);
                start = i + 1;
            }
            else if (end == '\0')
            {
                end = text[i] switch { '"' => '"', '<' => '>', _ => '\0' };
            }
            else if (text[i] == end)
            {
                end = '\0';
            }
        }

        parts.Add(text[start..]);
        return parts;
    }
}

using System.Diagnostics.CodeAnalysis;

namespace ReliableDownload.Client;

/// <summary>A header that requests get beside those that rd sets. It may hold a secret: its text form shows the name alone.</summary>
public sealed class RequestHeader
{
    // What the download itself needs to set, or HTTP forbids to choose (RFC 9110, 7.6.1).
    private static readonly string[] Reserved =
        ["Accept-Encoding", "Connection", "Content-Length", "Expect", "If-Range", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "Range", "TE", "Trailer", "Transfer-Encoding", "Upgrade"];

    private RequestHeader(string name, string value) => (Name, Value) = (name, value);

    /// <summary>The field's name, a token.</summary>
    public string Name { get; }

    /// <summary>The field's value, without control characters.</summary>
    public string Value { get; }

    /// <summary>Reads <c>Name: value</c>.</summary>
    /// <param name="problem">Why it cannot be sent, without the value.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out RequestHeader? header, out string problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        var colon = text.IndexOf(':');
        var name = colon < 0 ? "" : text[..colon].TrimEnd();
        var value = text[(colon + 1)..].Trim();
        problem = name.Length == 0 || !name.All(IsTokenCharacter) || value.Length == 0 ? "is not of the form 'Name: value'"
            : value.Any(char.IsControl) ? $"has control characters in the value of {name}"
            : Reserved.Contains(name, StringComparer.OrdinalIgnoreCase) ? $"sets {name}, which only the download itself can set"
            : !CanAsk(name, value) ? $"sets {name}, which a request for a file cannot have"
            : "";
        header = problem.Length == 0 ? new RequestHeader(name, value) : null;
        return header is not null;
    }

    /// <summary>The name alone.</summary>
    public override string ToString() => Name;

    // To the framework some names belong to bodies and answers only.
    private static bool CanAsk(string name, string value)
    {
        using var request = new HttpRequestMessage();
        return request.Headers.TryAddWithoutValidation(name, value);
    }

    // RFC 9110, 5.6.2.
    private static bool IsTokenCharacter(char character) => char.IsAsciiLetterOrDigit(character) || "!#$%&'*+-.^_`|~".Contains(character);
}

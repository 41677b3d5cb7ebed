namespace ReliableDownload.Rd;

/// <summary>A URL that the user gave, and the name its file gets.</summary>
/// <param name="Location">Absolute, http or https, with user name and password if given.</param>
/// <param name="Name">Null if the URL gives no name that can be written; then <paramref name="Problem"/> says why.</param>
internal sealed record FileUrl(Uri Location, string? Name, string Problem)
{
    /// <summary>Parses what the user typed; null, and a sentence in <paramref name="problem"/>, if it cannot be downloaded.</summary>
    public static FileUrl? TryParse(string text, out string problem)
    {
        if (Parse(text) is not { } url)
        {
            problem = HasScheme(text)
                ? $"'{WithoutUserInfo(text)}' is not a valid URL; check its host and port"
                : $"'{WithoutUserInfo(text)}' is no URL that begins with http:// or https://";
            return null;
        }

        problem = "";
        var name = TargetName.Of(url, out var reason);
        return new FileUrl(url, name, name is null ? $"'{WithoutUserInfo(text)}' {reason}; choose a name with -O" : "");
    }

    /// <summary>The text with <c>***</c> in place of a user name and password, so that it can be shown and logged.</summary>
    public static string WithoutUserInfo(string text)
    {
        var start = text.IndexOf("//", StringComparison.Ordinal) is >= 0 and var slashes ? slashes + 2 : 0;
        // An invalid URL has no path either: everything up to the last '@' may be a password.
        var length = Parse(text) is null ? -1 : text.AsSpan(start).IndexOfAny("/?#\\");
        var authority = length < 0 ? text[start..] : text.Substring(start, length);
        var at = authority.LastIndexOf('@');
        return at < 0 ? text : $"{text[..start]}***{text[(start + at)..]}";
    }

    /// <summary>The file URL of a path, whatever characters it has.</summary>
    public static Uri OfPath(string path)
    {
        var full = Path.GetFullPath(path);
        return OperatingSystem.IsWindows() ? new Uri(full) : new Uri($"file://{string.Join('/', full.Split('/').Select(Uri.EscapeDataString))}");
    }

    private static bool HasScheme(string text) =>
        text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    private static Uri? Parse(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is ("http" or "https") && url.Host.Length > 0 ? url : null;
}

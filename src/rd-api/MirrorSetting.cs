using System.CommandLine;

namespace ReliableDownload.Api;

/// <summary>The URLs at which the same files are served, too, from a flag that can be given several times or from a variable with spaces between them.</summary>
internal sealed class MirrorSetting : ISettingGroup
{
    private const string Variable = "RD_API_MIRROR";

    private readonly Option<string[]> _option = new("--mirror")
    {
        HelpName = "URL",
        Description = $"tell clients that this URL has the same files; may be repeated [environment: {Variable}]",
    };

    public IEnumerable<Option> Options => [_option];

    public RdApiOptions Apply(RdApiOptions options, ParseResult parsed, Func<string, string?> environment) =>
        options with { Mirrors = Read(parsed, environment) };

    private IReadOnlyList<string> Read(ParseResult parsed, Func<string, string?> environment)
    {
        if (parsed.GetValue(_option) is { Length: > 0 } given)
            return [.. given.Select(url => Parse(url, $"option {_option.Name}"))];
        var variable = environment(Variable) ?? "";
        return [.. variable.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(url => Parse(url, $"environment variable {Variable}"))];
    }

    private static string Parse(string text, string source)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https" or "ftp") || url.Query.Length > 0 || url.Fragment.Length > 0 || url.UserInfo.Length > 0)
            throw new UsageException($"{source} is '{text}', but must be the URL of a folder with the same files, such as https://mirror.example/pub/");
        return url.AbsoluteUri.EndsWith('/') ? url.AbsoluteUri : url.AbsoluteUri + '/';
    }
}

using System.CommandLine;

namespace ReliableDownload.Api;

/// <summary>The option for the URLs at which the same files are served, too.</summary>
internal sealed class MirrorSetting : ISettingGroup
{
    private readonly ListSetting<string> _mirrors = new(
        "--mirror",
        "RD_API_MIRROR",
        ' ',
        "tell clients that this URL has the same files; may be repeated",
        new ValueParser<string>("URL", "the URL of a folder with the same files, such as https://mirror.example/pub/", TryUrl));

    public IEnumerable<Option> Options => [_mirrors.Option];

    public RdApiOptions Apply(RdApiOptions options, ParseResult parsed, Func<string, string?> environment) =>
        options with { Mirrors = _mirrors.Read(parsed, environment) };

    private static bool TryUrl(string text, out string value)
    {
        var isUrl = Uri.TryCreate(text, UriKind.Absolute, out var url)
            && url.Scheme is "http" or "https" or "ftp"
            && url.Query.Length == 0 && url.Fragment.Length == 0 && url.UserInfo.Length == 0;
        value = !isUrl ? "" : url!.AbsoluteUri.EndsWith('/') ? url.AbsoluteUri : url.AbsoluteUri + '/';
        return isUrl;
    }
}

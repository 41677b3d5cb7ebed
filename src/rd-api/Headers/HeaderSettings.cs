using System.CommandLine;

namespace ReliableDownload.Api.Headers;

/// <summary>The options for headers of all responses.</summary>
internal sealed class HeaderSettings : ISettingGroup
{
    private readonly ListSetting<string> _cors = new(
        "--cors",
        "RD_API_CORS",
        ' ',
        "let scripts of this site (* for all sites) read what is served; may be repeated",
        new ValueParser<string>("ORIGIN", "an origin such as https://app.example, without a path, or *", TryOrigin));

    private readonly ListSetting<ResponseHeader> _headers = new(
        "--header",
        "RD_API_HEADER",
        '\n',
        "send this header with each response; may be repeated",
        new ValueParser<ResponseHeader>("NAME: VALUE", "a name and a value, such as 'Strict-Transport-Security: max-age=86400'; not of a header that rd-api has to set itself", ResponseHeader.TryParse));

    public IEnumerable<Option> Options => [_cors.Option, _headers.Option];

    public RdApiOptions Apply(RdApiOptions options, ParseResult parsed, Func<string, string?> environment) => options with
    {
        Origins = _cors.Read(parsed, environment),
        Headers = _headers.Read(parsed, environment),
    };

    private static bool TryOrigin(string text, out string value)
    {
        value = text;
        if (text == CrossOrigin.All)
            return true;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.Host.Length == 0)
            return false;
        // As browsers write it: without the port that is the scheme's own.
        value = url.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
        return url.PathAndQuery == "/" && url.UserInfo.Length == 0 && url.Fragment.Length == 0 && text.IndexOf('?', StringComparison.Ordinal) < 0;
    }
}

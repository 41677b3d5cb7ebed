using System.Diagnostics.CodeAnalysis;
using System.Net;
using ReliableDownload.Client.Network;

namespace ReliableDownload.Client;

/// <summary>Through which proxy a URL is asked for: one for all, or as environment variables say. Its text form shows nothing of it.</summary>
public sealed class ProxySettings : IWebProxy
{
    private static readonly string[] Schemes = ["http", "https", "socks5", "socks5h", "socks4", "socks4a"];

    private readonly Uri? _http;
    private readonly Uri? _https;
    private readonly NoProxyList _none;

    private ProxySettings(Uri? http, Uri? https, NoProxyList none) => (_http, _https, _none) = (http, https, none);

    /// <summary>No proxy at all, whatever the environment says.</summary>
    public static ProxySettings None { get; } = new(null, null, NoProxyList.Parse(""));

    /// <summary>
    /// As the variables <c>http_proxy</c>, <c>https_proxy</c>, <c>all_proxy</c> and <c>no_proxy</c> say, in lower case or else in upper case. For
    /// a program started by a web server (<c>GATEWAY_INTERFACE</c>) <c>HTTP_PROXY</c> does not count: there it is a header of somebody's request.
    /// </summary>
    /// <exception cref="FormatException">One of them is no URL of a proxy; the message names it, without its value.</exception>
    public static ProxySettings OfEnvironment()
    {
        var http = Variable("http_proxy", hasUpperCase: Environment.GetEnvironmentVariable("GATEWAY_INTERFACE") is null) ?? Variable("all_proxy");
        return new ProxySettings(http, Variable("https_proxy") ?? Variable("all_proxy"), NoProxyList.OfEnvironment());
    }

    /// <summary>One proxy for all URLs but those that <c>no_proxy</c> of the environment excepts.</summary>
    /// <param name="url">
    /// <c>http://</c>, <c>https://</c> or <c>socks5://</c> (names are looked up by the proxy), with a user name and password where needed; without
    /// a scheme it is http.
    /// </param>
    public static bool TryParse(string url, [NotNullWhen(true)] out ProxySettings? settings)
    {
        ArgumentNullException.ThrowIfNull(url);
        settings = Parse(url) is { } proxy ? new ProxySettings(proxy, proxy, NoProxyList.OfEnvironment()) : null;
        return settings is not null;
    }

    /// <summary>The user name and password in each proxy's URL; setting it does nothing.</summary>
    public ICredentials? Credentials
    {
        get => new UrlCredentials(this);
        set { }
    }

    /// <summary>Whether there is no proxy for any URL.</summary>
    internal bool IsEmpty => _http is null && _https is null;

    /// <summary>The URL of the proxy; null for none.</summary>
    public Uri? GetProxy(Uri destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        if (_none.Has(destination.IdnHost, destination.Port))
            return null;
        return WithoutUserInfo(destination.Scheme == Uri.UriSchemeHttps ? _https : _http);
    }

    /// <summary>Whether the URL is asked for without a proxy.</summary>
    public bool IsBypassed(Uri host) => GetProxy(host) is null;

    /// <summary>Shows nothing of it.</summary>
    public override string ToString() => nameof(ProxySettings);

    private static Uri? Variable(string name, bool hasUpperCase = true)
    {
        var value = Environment.GetEnvironmentVariable(name);
        if (string.IsNullOrWhiteSpace(value) && hasUpperCase)
            value = Environment.GetEnvironmentVariable(name.ToUpperInvariant());
        return string.IsNullOrWhiteSpace(value) ? null
            : Parse(value.Trim()) ?? throw new FormatException($"the environment variable {name} is no URL of a proxy; set it to something like http://proxy.example:3128");
    }

    private static Uri? Parse(string text)
    {
        if (!text.Contains("://", StringComparison.Ordinal))
            text = $"http://{text}";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Host.Length == 0 || !Schemes.Contains(url.Scheme, StringComparer.Ordinal))
            return null;
        var isSocks = url.Scheme.StartsWith("socks", StringComparison.Ordinal);
        return new UriBuilder(url)
        {
            // The framework has names looked up by a socks5 proxy; curl calls that socks5h.
            Scheme = url.Scheme == "socks5h" ? "socks5" : url.Scheme,
            Port = url.Port > 0 ? url.Port : isSocks ? 1080 : 80,
            Path = "",
            Query = "",
            Fragment = "",
        }.Uri;
    }

    private static Uri? WithoutUserInfo(Uri? url) => url is null || url.UserInfo.Length == 0 ? url : new UriBuilder(url) { UserName = "", Password = "" }.Uri;

    private NetworkCredential? CredentialOf(Uri proxy)
    {
        foreach (var url in new[] { _http, _https })
        {
            if (url is { UserInfo.Length: > 0 } && url.Port == proxy.Port && url.IdnHost == proxy.IdnHost)
            {
                var parts = url.UserInfo.Split(':', 2);
                return new NetworkCredential(Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "");
            }
        }

        return null;
    }

    private sealed class UrlCredentials(ProxySettings settings) : ICredentials
    {
        public NetworkCredential? GetCredential(Uri uri, string authType) => settings.CredentialOf(uri);
    }
}

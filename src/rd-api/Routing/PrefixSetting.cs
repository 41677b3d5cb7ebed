using System.CommandLine;

namespace ReliableDownload.Api.Routing;

/// <summary>The option for the path at which a proxy has the server.</summary>
internal sealed class PrefixSetting : ISettingGroup
{
    private readonly Setting<string> _prefix = Create();

    public IEnumerable<Option> Options => [_prefix.Option];

    /// <summary>Also that of the command that signs.</summary>
    public static Setting<string> Create() => new(
        "--path-prefix",
        null,
        "RD_API_PATH_PREFIX",
        null,
        "serve everything below this path of the host",
        new ValueParser<string>("PATH", "a path such as /files, of letters, digits and ._~-", TryPrefix));

    public RdApiOptions Apply(RdApiOptions options, ParseResult parsed, Func<string, string?> environment) =>
        options with { PathPrefix = _prefix.Read(parsed, environment) is { Length: > 0 } prefix ? prefix : null };

    // Characters that nobody encodes, so that there is one way to write it.
    private static bool TryPrefix(string text, out string value)
    {
        value = text.TrimEnd('/');
        return text.StartsWith('/')
            && value.Split('/').Skip(1).All(segment => segment.Length > 0 && segment.Any(char.IsAsciiLetterOrDigit) && segment.All(character => char.IsAsciiLetterOrDigit(character) || "._~-".Contains(character)));
    }
}

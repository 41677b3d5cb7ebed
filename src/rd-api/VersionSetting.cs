using System.CommandLine;

namespace ReliableDownload.Api;

/// <summary>The option for what the versions of files are made of.</summary>
internal sealed class VersionSetting : ISettingGroup
{
    private const string Content = "content";

    private readonly Setting<string> _source = new(
        "--version-from",
        null,
        "RD_API_VERSION_FROM",
        "time",
        "what versions are made of: time (with the size), or content where copies do not keep times",
        new ValueParser<string>("WHAT", "time or content", TrySource));

    public IEnumerable<Option> Options => [_source.Option];

    public RdApiOptions Apply(RdApiOptions options, ParseResult parsed, Func<string, string?> environment) =>
        options with { IsVersionOfContent = _source.Read(parsed, environment) == Content };

    private static bool TrySource(string text, out string value)
    {
        value = text;
        return text is Content or "time";
    }
}

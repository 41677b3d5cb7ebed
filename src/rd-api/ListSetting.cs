using System.CommandLine;

namespace ReliableDownload.Api;

/// <summary>Values from a flag that can be given several times, else from an environment variable that holds them all, else from the lines of the configuration file.</summary>
internal sealed class ListSetting<T>
{
    private readonly SettingOption<string[]> _option;
    private readonly char _separator;
    private readonly ValueParser<T> _parser;

    /// <param name="name">The flag's name.</param>
    /// <param name="variable">The environment variable.</param>
    /// <param name="separator">What stands between the values in that variable, and is part of none.</param>
    /// <param name="description">For the help, shown before the variable.</param>
    /// <param name="parser">Validates and converts each value.</param>
    public ListSetting(string name, string variable, char separator, string description, ValueParser<T> parser)
    {
        (_separator, _parser) = (separator, parser);
        _option = new SettingOption<string[]>(name, variable) { HelpName = parser.Name, Description = $"{description} [environment: {variable}]" };
    }

    public Option<string[]> Option => _option;

    /// <exception cref="UsageException">The flag, the variable or the file has an invalid value.</exception>
    public IReadOnlyList<T> Read(ParseResult parsed, Func<string, string?> environment)
    {
        if (parsed.GetValue(_option) is { Length: > 0 } given)
            return [.. given.Select((text, index) => Parse(text, IsTyped(parsed) ? $"option {_option.Name}" : $"{_option.Places[index]}: {_option.Name.TrimStart('-')}"))];
        var texts = (environment(_option.Variable) ?? "").Split(_separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return [.. texts.Select(text => Parse(text, $"environment variable {_option.Variable}"))];
    }

    /// <summary>Whether a value was typed on the command line.</summary>
    public bool IsTyped(ParseResult parsed) => _option.Places.Count == 0 && parsed.GetResult(_option) is { Implicit: false };

    private T Parse(string text, string source) =>
        _parser.Parse(text, out var value) ? value : throw new UsageException($"{source} is '{text}', but must be {_parser.Expected}");
}

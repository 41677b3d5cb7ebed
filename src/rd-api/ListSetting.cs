using System.CommandLine;

namespace ReliableDownload.Api;

/// <summary>Values from a flag that can be given several times, else from an environment variable that holds them all.</summary>
internal sealed class ListSetting<T>
{
    private readonly string _variable;
    private readonly char _separator;
    private readonly ValueParser<T> _parser;

    /// <param name="name">The flag's name.</param>
    /// <param name="variable">The environment variable.</param>
    /// <param name="separator">What stands between the values in that variable, and is part of none.</param>
    /// <param name="description">For the help, shown before the variable.</param>
    /// <param name="parser">Validates and converts each value.</param>
    public ListSetting(string name, string variable, char separator, string description, ValueParser<T> parser)
    {
        (_variable, _separator, _parser) = (variable, separator, parser);
        Option = new Option<string[]>(name) { HelpName = parser.Name, Description = $"{description} [environment: {variable}]" };
    }

    public Option<string[]> Option { get; }

    /// <exception cref="UsageException">The flag or the variable has an invalid value.</exception>
    public IReadOnlyList<T> Read(ParseResult parsed, Func<string, string?> environment)
    {
        if (parsed.GetValue(Option) is { Length: > 0 } given)
            return [.. given.Select(text => Parse(text, $"option {Option.Name}"))];
        var texts = (environment(_variable) ?? "").Split(_separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return [.. texts.Select(text => Parse(text, $"environment variable {_variable}"))];
    }

    /// <summary>Whether a value is on the command line.</summary>
    public bool IsTyped(ParseResult parsed) => parsed.GetResult(Option) is { Implicit: false };

    private T Parse(string text, string source) =>
        _parser.Parse(text, out var value) ? value : throw new UsageException($"{source} is '{text}', but must be {_parser.Expected}");
}

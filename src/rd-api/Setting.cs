using System.CommandLine;

namespace ReliableDownload.Api;

/// <summary>
/// A value taken from a flag, else from an environment variable, else from the configuration file, else from a default, all read by the same parser.
/// </summary>
internal sealed class Setting<T>
{
    private readonly SettingOption<string> _option;
    private readonly ValueParser<T> _parser;

    /// <param name="name">The flag's long name.</param>
    /// <param name="letter">Its short name.</param>
    /// <param name="variable">The environment variable; an empty one counts as absent.</param>
    /// <param name="defaultText">The default, as a user would write it.</param>
    /// <param name="description">For the help, shown before the variable and the default.</param>
    /// <param name="parser">Validates and converts the text.</param>
    public Setting(string name, string? letter, string variable, string? defaultText, string description, ValueParser<T> parser)
    {
        _parser = parser;
        _option = new SettingOption<string>(name, variable, letter is null ? [] : [letter])
        {
            HelpName = parser.Name,
            Description = $"{description} [environment: {variable}]",
        };
        if (defaultText is not null)
            _option.DefaultValueFactory = _ => defaultText;
    }

    public Option<string> Option => _option;

    /// <exception cref="UsageException">The flag, the variable or the file has an invalid value.</exception>
    public T? Read(ParseResult parsed, Func<string, string?> environment)
    {
        // What the file says was put on the command line, unless it is set nearer.
        var source = _option.Places is [var place, ..] ? $"{place}: {_option.Name.TrimStart('-')}" : $"option {_option.Name}";
        var text = parsed.GetValue(_option);
        if (!IsTyped(parsed) && environment(_option.Variable) is { Length: > 0 } fromEnvironment)
        {
            source = $"environment variable {_option.Variable}";
            text = fromEnvironment;
        }

        if (text is null)
            return default;
        return _parser.Parse(text, out var value)
            ? value
            : throw new UsageException($"{source} is '{text}', but must be {_parser.Expected}");
    }

    /// <summary>Whether the user gave a value, even if it equals the default.</summary>
    public bool IsGiven(ParseResult parsed, Func<string, string?> environment) =>
        parsed.GetResult(_option) is { Implicit: false } || environment(_option.Variable) is { Length: > 0 };

    /// <summary>Whether the value was typed on the command line.</summary>
    public bool IsTyped(ParseResult parsed) => _option.Places.Count == 0 && parsed.GetResult(_option) is { Implicit: false };
}

/// <summary>The command line or the environment is invalid; the message says what is wrong and what is allowed.</summary>
internal sealed class UsageException(string message)
    // What somebody typed may be in it, and it is one line.
    : Exception(string.Concat(message.Select(static character => char.IsControl(character) ? '\uFFFD' : character)));

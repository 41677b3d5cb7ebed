using System.CommandLine;

namespace ReliableDownload.Api;

/// <summary>A value taken from a flag, else from an environment variable, else from a default, all read by the same parser.</summary>
internal sealed class Setting<T>
{
    private readonly string _variable;
    private readonly ValueParser<T> _parser;

    /// <param name="name">The flag's long name.</param>
    /// <param name="letter">Its short name.</param>
    /// <param name="variable">The environment variable; an empty one counts as absent.</param>
    /// <param name="defaultText">The default, as a user would write it.</param>
    /// <param name="description">For the help, shown before the variable and the default.</param>
    /// <param name="parser">Validates and converts the text.</param>
    public Setting(string name, string? letter, string variable, string? defaultText, string description, ValueParser<T> parser)
    {
        _variable = variable;
        _parser = parser;
        Option = new Option<string>(name, letter is null ? [] : [letter])
        {
            HelpName = parser.Name,
            Description = $"{description} [environment: {variable}]",
        };
        if (defaultText is not null)
            Option.DefaultValueFactory = _ => defaultText;
    }

    public Option<string> Option { get; }

    /// <exception cref="UsageException">The flag or the variable has an invalid value.</exception>
    public T? Read(ParseResult parsed, Func<string, string?> environment)
    {
        var source = $"option {Option.Name}";
        var text = parsed.GetValue(Option);
        if (!IsTyped(parsed) && environment(_variable) is { Length: > 0 } fromEnvironment)
        {
            source = $"environment variable {_variable}";
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
        IsTyped(parsed) || environment(_variable) is { Length: > 0 };

    /// <summary>Whether the value is on the command line.</summary>
    public bool IsTyped(ParseResult parsed) => parsed.GetResult(Option) is { Implicit: false };
}

/// <summary>The command line or the environment is invalid; the message says what is wrong and what is allowed.</summary>
internal sealed class UsageException(string message) : Exception(message);

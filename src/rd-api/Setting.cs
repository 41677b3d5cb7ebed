using System.CommandLine;

namespace ReliableDownload.Api;

/// <summary>One value that a flag gives, else an environment variable, else a default; each read by the same parser.</summary>
internal sealed class Setting<T>
{
    private readonly string _variable;
    private readonly ValueParser<T> _parser;

    /// <param name="name">The flag's long name.</param>
    /// <param name="letter">Its short name.</param>
    /// <param name="variable">The environment variable; one that is empty counts as absent.</param>
    /// <param name="defaultText">The default as one would write it.</param>
    /// <param name="description">For the help, before the variable and the default.</param>
    /// <param name="parser">Knows what a value must be.</param>
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

    /// <exception cref="UsageException">The flag or the variable has a value that cannot be.</exception>
    public T? Read(ParseResult parsed, Func<string, string?> environment)
    {
        var source = $"option {Option.Name}";
        var text = parsed.GetValue(Option);
        if (!IsOnCommandLine(parsed) && environment(_variable) is { Length: > 0 } fromEnvironment)
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

    /// <summary>Whether a person gave a value, be it the default's.</summary>
    public bool IsGiven(ParseResult parsed, Func<string, string?> environment) =>
        IsOnCommandLine(parsed) || environment(_variable) is { Length: > 0 };

    private bool IsOnCommandLine(ParseResult parsed) => parsed.GetResult(Option) is { Implicit: false };
}

/// <summary>The command line or the environment holds something that cannot be; the message says what, and what could be.</summary>
internal sealed class UsageException(string message) : Exception(message);

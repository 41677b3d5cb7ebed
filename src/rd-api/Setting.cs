using System.CommandLine;

namespace ReliableDownload.Api;

/// <summary>One value that a flag gives, else an environment variable, else a default; each read by the same parser.</summary>
internal sealed class Setting<T>
{
    private readonly string? _variable;
    private readonly string _expected;
    private readonly TryParse _parse;

    /// <param name="name">The flag's long name.</param>
    /// <param name="alias">Its letter.</param>
    /// <param name="value">What the help calls the value.</param>
    /// <param name="variable">The environment variable; one that is empty counts as absent.</param>
    /// <param name="defaultText">The default as one would write it.</param>
    /// <param name="description">For the help.</param>
    /// <param name="expected">What a value must be, to go on "must be".</param>
    /// <param name="parse">False where the text is not that.</param>
    public Setting(string name, string? alias, string value, string? variable, string? defaultText, string description, string expected, TryParse parse)
    {
        _variable = variable;
        _expected = expected;
        _parse = parse;
        Option = new Option<string>(name, alias is null ? [] : [alias])
        {
            HelpName = value,
            Description = variable is null ? description : $"{description} [environment: {variable}]",
        };
        if (defaultText is not null)
            Option.DefaultValueFactory = _ => defaultText;
    }

    public delegate bool TryParse(string text, out T value);

    public Option<string> Option { get; }

    /// <exception cref="UsageException">The flag or the variable has a value that cannot be.</exception>
    public T? Read(ParseResult parsed, Func<string, string?> environment)
    {
        var source = $"option {Option.Name}";
        var text = parsed.GetValue(Option);
        if (parsed.GetResult(Option) is not { Implicit: false } && _variable is not null && environment(_variable) is { Length: > 0 } fromEnvironment)
        {
            source = $"environment variable {_variable}";
            text = fromEnvironment;
        }

        if (text is null)
            return default;
        return _parse(text, out var value) ? value : throw new UsageException($"{source} is '{text}', but must be {_expected}");
    }
}

/// <summary>The command line or the environment holds something that cannot be; the message says what, and what could be.</summary>
internal sealed class UsageException(string message) : Exception(message);

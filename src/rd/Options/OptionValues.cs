using System.CommandLine;
using System.Globalization;

namespace ReliableDownload.Rd.Options;

/// <summary>Options by the kind of their value; each says in its error what it takes.</summary>
internal static class OptionValues
{
    /// <summary>An option without a value.</summary>
    /// <summary>A question to rd, which takes no value.</summary>
    public static Option<bool> Question(string name, string alias, string description) => new(name, alias) { Description = description, Arity = ArgumentArity.Zero };

    public static Option<bool> Switch(string name, string? alias, string description) => new(name, alias is null ? [] : [alias]) { Description = description };

    public static Option<int> WholeNumber(string name, string? alias, int value, int min, int max, string description) => new(name, alias is null ? [] : [alias])
    {
        Description = description,
        HelpName = "INT",
        DefaultValueFactory = _ => value,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
                return number;
            result.AddError($"{name} takes a whole number from {min} to {max}, not '{text}'.");
            return value;
        },
    };

    public static Option<double> Seconds(string name, string? alias, double value, double max, string description) => new(name, alias is null ? [] : [alias])
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => value,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number >= 0 && number <= max)
                return number;
            result.AddError($"{name} takes a number of seconds from 0 to {max}, not '{text}'.");
            return value;
        },
    };

    public static Option<string> Folder(string name, string? alias, string value, string description) => new(name, alias is null ? [] : [alias])
    {
        Description = description,
        HelpName = "DIR",
        DefaultValueFactory = _ => value,
        CustomParser = result =>
        {
            if (result.Tokens[0].Value.Length == 0)
                result.AddError($"{name} takes the path of a folder, not an empty text.");
            return result.Tokens[0].Value;
        },
    };

    /// <summary>The path of a file, as typed; null if not given.</summary>
    public static Option<string?> File(string name, string? alias, string description) => new(name, alias is null ? [] : [alias])
    {
        Description = description,
        HelpName = "FILE",
        CustomParser = result =>
        {
            if (result.Tokens[0].Value.Length == 0)
                result.AddError($"{name} takes the path of a file, not an empty text.");
            return result.Tokens[0].Value;
        },
    };

    /// <summary>One of a few words; the first is the default.</summary>
    public static Option<string> Word(string name, string description, params string[] words) => new(name)
    {
        Description = description,
        HelpName = string.Join('|', words),
        DefaultValueFactory = _ => words[0],
        CustomParser = result =>
        {
            if (!words.Contains(result.Tokens[0].Value))
                result.AddError($"{name} takes {string.Join(", ", words[..^1])} or {words[^1]}, not '{result.Tokens[0].Value}'.");
            return result.Tokens[0].Value;
        },
    };
}

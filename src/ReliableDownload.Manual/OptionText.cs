using System.CommandLine;

namespace ReliableDownload.Manual;

/// <summary>What shells can offer as the value of an option.</summary>
public enum ValueKind
{
    /// <summary>The option takes no value.</summary>
    None,

    /// <summary>The path of a folder.</summary>
    Directory,

    /// <summary>The path of a file.</summary>
    File,

    /// <summary>Something only the user knows, or one of <see cref="OptionText.Words"/>.</summary>
    Other,
}

/// <summary>How an option is written, read from the same object that the parser and the help use.</summary>
public static class OptionText
{
    /// <summary>The options that the help shows, in its order.</summary>
    public static IEnumerable<Option> Shown(this Command command) => command.Options.Where(option => !option.Hidden);

    /// <summary>The forms of an option, the short ones first: <c>-p</c>, <c>--port</c>.</summary>
    public static IReadOnlyList<string> Forms(this Option option) =>
        [.. option.Aliases.Append(option.Name).Distinct().OrderBy(form => form.Length)];

    /// <summary>The name of the value in the help decides: DIR, FILE, anything else, or none at all.</summary>
    public static ValueKind Kind(this Option option) => option switch
    {
        { ValueType: var type } when type == typeof(bool) || type == typeof(void) => ValueKind.None,
        { HelpName: "DIR" } => ValueKind.Directory,
        { HelpName: "FILE" } => ValueKind.File,
        _ => ValueKind.Other,
    };

    /// <summary>Whether a word that is no option may be the path of a file or a folder.</summary>
    public static bool TakesPaths(this Command command) => command.Arguments.Any(argument => argument.Name.Contains("FILE", StringComparison.Ordinal));

    /// <summary>The words allowed as a value: the lower-case ones in a name such as <c>INT|auto</c>.</summary>
    public static IReadOnlyList<string> Words(this Option option) =>
        [.. (option.HelpName ?? "").Split('|').Where(word => word.Length > 0 && !word.Any(char.IsUpper))];

    /// <summary>The default shown in the help; null if there is none. The home folder of whoever builds the page is replaced.</summary>
    public static string? DefaultText(this Option option)
    {
        if (option.Kind() == ValueKind.None || !option.HasDefaultValue || option.GetDefaultValue()?.ToString() is not { Length: > 0 } text)
            return null;
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        return home.Length > 1 && text.StartsWith(home + '/', StringComparison.Ordinal) ? "~" + text[home.Length..] : text;
    }
}

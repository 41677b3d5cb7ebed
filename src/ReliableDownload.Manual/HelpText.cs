using System.CommandLine;
using System.Text;

namespace ReliableDownload.Manual;

/// <summary>Writes a program's help: the options under their headings, and each explanation beside its option.</summary>
public static class HelpText
{
    // Beside a longer option its explanation would have no room.
    private const int MinTextColumns = 30;

    /// <summary>The help as standard output shows it best.</summary>
    public static string Write(ProgramManual manual) =>
        Write(manual, !Console.IsOutputRedirected && Console.WindowWidth is > 0 and var columns ? columns : int.MaxValue);

    /// <param name="columns">The width of the terminal, or <see cref="int.MaxValue"/> to have each explanation in one line.</param>
    internal static string Write(ProgramManual manual, int columns)
    {
        var command = manual.Command;
        var help = new StringBuilder();
        help.Append("Description:\n");
        Wrap(help, "  ", command.Description ?? "", columns);
        help.Append($"\nUsage:\n  {command.Name}");
        foreach (var argument in command.Arguments)
            help.Append(argument.Arity.MinimumNumberOfValues > 0 ? $" <{NameOf(argument)}>{Dots(argument)}" : $" [<{NameOf(argument)}>{Dots(argument)}]");
        help.Append(" [options]\n");

        if (command.Arguments.Count > 0)
            Section(help, "Arguments", [.. command.Arguments.Select(argument => ($"<{NameOf(argument)}>", argument.Description ?? ""))], columns);
        foreach (var group in manual.Groups)
            Section(help, group.Heading, [.. group.Options.Where(option => !option.Hidden).Select(option => (Term(option), Explanation(option)))], columns);
        return help.ToString();
    }

    private static string NameOf(Argument argument) => argument.HelpName ?? argument.Name;

    private static string Dots(Argument argument) => argument.Arity.MaximumNumberOfValues > 1 ? "..." : "";

    private static string Term(Option option)
    {
        var forms = string.Join(", ", option.Forms());
        return option.Kind() == ValueKind.None ? forms : $"{forms} <{option.HelpName ?? "VALUE"}>";
    }

    private static string Explanation(Option option) =>
        option.DefaultText() is { } text ? $"{option.Description} [default: {text}]" : option.Description ?? "";

    private static void Section(StringBuilder help, string heading, (string Term, string Text)[] rows, int columns)
    {
        help.Append($"\n{heading}:\n");
        var width = rows.Max(row => row.Term.Length) + 2;
        foreach (var (term, text) in rows)
            Wrap(help, $"  {term.PadRight(width)}", text, columns);
    }

    /// <summary>Writes <paramref name="text"/> after <paramref name="start"/>, its further lines below its first.</summary>
    private static void Wrap(StringBuilder help, string start, string text, int columns)
    {
        var room = Math.Max(columns - start.Length, MinTextColumns);
        var indent = start;
        for (var rest = text.AsSpan(); ;)
        {
            var length = rest.Length;
            if (length > room && rest[..(room + 1)].LastIndexOf(' ') is > 0 and var space)
                length = space;
            help.Append(indent).Append(rest[..length]).Append('\n');
            rest = rest[length..].TrimStart(' ');
            if (rest.IsEmpty)
                return;
            indent = new string(' ', start.Length);
        }
    }
}

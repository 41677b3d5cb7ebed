using System.CommandLine;
using System.Globalization;
using System.Text;

namespace ReliableDownload.Manual;

/// <summary>Writes man pages in the macros of man(7), which groff and mandoc both read.</summary>
internal static class ManPage
{
    public static string Write(ProgramManual manual, DateOnly date)
    {
        var (name, description) = (manual.Command.Name, manual.Command.Description ?? "");
        var page = new StringBuilder();
        Line(page, $".TH {Escaped(name.ToUpperInvariant())} 1 {date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)} \"{Escaped(manual.Version)}\"");
        Line(page, ".SH NAME");
        Line(page, $"{Escaped(name)} \\- {Escaped(AsPhrase(description))}");
        Line(page, ".SH SYNOPSIS");
        Line(page, $".B {Escaped(name)}");
        foreach (var argument in manual.Command.Arguments)
            Line(page, $"\\fI{Escaped(argument.HelpName ?? argument.Name)}\\fR{(argument.Arity.MaximumNumberOfValues > 1 ? "..." : "")}");
        Line(page, "[\\fIoptions\\fR]");

        Line(page, ".SH DESCRIPTION");
        Line(page, Escaped(description));
        foreach (var argument in manual.Command.Arguments)
            Term(page, $"\\fI{Escaped(argument.HelpName ?? argument.Name)}\\fR", argument.Description ?? "");
        Line(page, ".SH OPTIONS");
        foreach (var group in manual.Groups)
        {
            if (manual.Groups.Count > 1)
                Line(page, $".SS {Escaped(group.Heading)}");
            foreach (var option in group.Options.Where(option => !option.Hidden))
                Term(page, Heading(option), Explanation(option));
        }

        foreach (var section in manual.Sections)
            Section(page, section);
        return page.ToString();
    }

    private static void Section(StringBuilder page, ManualSection section)
    {
        Line(page, $".SH {Escaped(section.Title)}");
        for (var index = 0; index < section.Paragraphs.Count; index++)
        {
            if (index > 0)
                Line(page, ".PP");
            Line(page, Escaped(section.Paragraphs[index]));
        }

        foreach (var (term, text) in section.Terms)
            Term(page, $"\\fB{Escaped(term)}\\fR", text);
    }

    private static void Term(StringBuilder page, string term, string text)
    {
        Line(page, ".TP");
        Line(page, term);
        Line(page, Escaped(text));
    }

    private static string Heading(Option option)
    {
        var forms = string.Join(", ", option.Forms().Select(form => $"\\fB{Escaped(form)}\\fR"));
        return option.Kind() == ValueKind.None ? forms : $"{forms} \\fI{Escaped(option.HelpName ?? "VALUE")}\\fR";
    }

    private static string Explanation(Option option) =>
        option.DefaultText() is { } text ? $"{option.Description} [default: {text}]" : option.Description ?? "";

    /// <summary>By tradition the line under NAME begins in lower case and has no full stop.</summary>
    private static string AsPhrase(string sentence) =>
        sentence.Length == 0 ? "" : char.ToLowerInvariant(sentence[0]) + sentence[1..].TrimEnd('.');

    private static void Line(StringBuilder page, string line) => page.Append(line).Append('\n');

    /// <summary>Text as roff reads it back: hyphens that can be copied into a shell, and no line that looks like a request.</summary>
    private static string Escaped(string text)
    {
        var escaped = text.Replace("\\", "\\e").Replace("-", "\\-").Replace("~", "\\(ti").Replace("^", "\\(ha").Replace("\"", "\\(dq");
        return escaped.StartsWith('.') || escaped.StartsWith('\'') ? "\\&" + escaped : escaped;
    }
}

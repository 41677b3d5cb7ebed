using System.CommandLine;
using System.Text;

namespace ReliableDownload.Manual;

/// <summary>Writes completion scripts for zsh: a file for its <c>fpath</c>, which may also be sourced.</summary>
internal static class ZshCompletion
{
    public static string Write(ProgramManual manual)
    {
        var command = manual.Command;
        var function = $"_{command.Name}";
        var script = new StringBuilder($"#compdef {command.Name}\n# zsh completion of {command.Name}, made by {command.Name} --generate-completion zsh\n");
        foreach (var word in manual.Words)
            WriteFunction(script, word, $"{function}_{word.Name}", []);
        WriteFunction(script, command, function, manual.Words);
        return script.Append($$"""
            if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
              {{function}} "$@"
            else
              compdef {{function}} {{command.Name}}
            fi

            """).ToString();
    }

    private static void WriteFunction(StringBuilder script, Command command, string function, IReadOnlyList<Command> words)
    {
        script.Append($"{function}() {{\n");
        foreach (var word in words)
            script.Append($"  if (( CURRENT > 2 )) && [[ $words[2] == {word.Name} ]]; then shift words; (( CURRENT-- )); {function}_{word.Name}; return; fi\n");
        script.Append("  _arguments -s -S \\\n");
        foreach (var option in command.Shown())
            script.Append($"    {Specification(option)} \\\n");
        foreach (var argument in command.Arguments)
            script.Append($"    '{(argument.Arity.MaximumNumberOfValues > 1 ? "*" : "")}:{Escaped(argument.Name)}:{(command.TakesPaths() ? "_files" : " ")}' \\\n");
        script.Append("    && return 0\n  return 1\n}\n");
    }

    private static string Specification(Option option)
    {
        var forms = option.Forms();
        var value = Value(option);
        var spelled = forms.Select(form => value.Length == 0 ? form : form.StartsWith("--", StringComparison.Ordinal) ? form + "=" : form + "+").ToList();
        var spelling = spelled is [var only] ? $"'{only}" : $"'({string.Join(' ', forms)})'{{{string.Join(',', spelled)}}}'";
        return $"{spelling}[{Escaped(option.Description ?? "")}]{value}'";
    }

    private static string Value(Option option) => option.Kind() switch
    {
        ValueKind.None => "",
        ValueKind.Directory => ":DIR:_files -/",
        ValueKind.File => ":FILE:_files",
        _ when option.Words() is { Count: > 0 } words => $":{Escaped(option.HelpName!)}:({string.Join(' ', words)})",
        _ => $":{Escaped(option.HelpName ?? "VALUE")}: ",
    };

    /// <summary>Text inside a specification in single quotes.</summary>
    private static string Escaped(string text) =>
        text.Replace("\\", "\\\\").Replace("[", "\\[").Replace("]", "\\]").Replace(":", "\\:").Replace("'", "'\\''");
}

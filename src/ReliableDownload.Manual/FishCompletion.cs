using System.CommandLine;
using System.Text;

namespace ReliableDownload.Manual;

/// <summary>Writes completion scripts for fish.</summary>
internal static class FishCompletion
{
    public static string Write(ProgramManual manual)
    {
        var command = manual.Command;
        var script = new StringBuilder();
        script.Append($"# fish completion of {command.Name}, made by {command.Name} --generate-completion fish\n");
        if (!command.TakesPaths() && manual.Words.Count == 0)
            script.Append($"complete -c {command.Name} -f\n");
        WriteOptions(script, command.Name, command, string.Concat(manual.Words.Select(word => $" -n 'not __fish_seen_subcommand_from {word.Name}'")));
        foreach (var word in manual.Words)
            WriteOptions(script, command.Name, word, $" -n '__fish_seen_subcommand_from {word.Name}'");
        return script.ToString();
    }

    private static void WriteOptions(StringBuilder script, string program, Command command, string condition)
    {
        foreach (var option in command.Shown())
            script.Append($"complete -c {program}{condition}{Forms(option)}{Value(option)} -d {Quoted(option.Description ?? "")}\n");
    }

    private static string Forms(Option option) => string.Concat(option.Forms().Select(form =>
        form.StartsWith("--", StringComparison.Ordinal) ? $" -l {form[2..]}" : $" -s {form[1..]}"));

    private static string Value(Option option) => option.Kind() switch
    {
        ValueKind.None => "",
        ValueKind.Directory => " -x -a '(__fish_complete_directories)'",
        ValueKind.File => " -r -F",
        _ when option.Words() is { Count: > 0 } words => $" -x -a '{string.Join(' ', words)}'",
        _ => " -x",
    };

    private static string Quoted(string text) => $"'{text.Replace("\\", "\\\\").Replace("'", "\\'")}'";
}

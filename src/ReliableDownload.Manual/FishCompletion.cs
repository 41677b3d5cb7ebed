using System.CommandLine;
using System.Text;

namespace ReliableDownload.Manual;

/// <summary>Writes completion scripts for fish.</summary>
internal static class FishCompletion
{
    public static string Write(Command command)
    {
        var script = new StringBuilder();
        script.Append($"# fish completion of {command.Name}, made by {command.Name} --generate-completion fish\n");
        if (!command.TakesPaths())
            script.Append($"complete -c {command.Name} -f\n");
        foreach (var option in command.Shown())
            script.Append($"complete -c {command.Name}{Forms(option)}{Value(option)} -d {Quoted(option.Description ?? "")}\n");
        return script.ToString();
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

using System.CommandLine;
using System.Text;

namespace ReliableDownload.Manual;

/// <summary>Writes completion scripts for bash 4 and later.</summary>
internal static class BashCompletion
{
    public static string Write(ProgramManual manual)
    {
        var command = manual.Command;
        var script = new StringBuilder($"# bash completion of {command.Name}, made by {command.Name} --generate-completion bash\n");
        foreach (var word in manual.Words)
            WriteFunction(script, word, $"{FunctionOf(command)}_{word.Name}", []);
        WriteFunction(script, command, FunctionOf(command), manual.Words);
        return script.Append($"complete -F {FunctionOf(command)} {command.Name}\n").ToString();
    }

    private static string FunctionOf(Command command) => $"_{command.Name.Replace('-', '_')}";

    private static void WriteFunction(StringBuilder script, Command command, string function, IReadOnlyList<Command> words)
    {
        var options = command.Shown().ToList();
        script.Append($"{function}() {{\n");
        foreach (var word in words)
            script.Append($"  if ((COMP_CWORD > 1)) && [[ ${{COMP_WORDS[1]}} == {word.Name} ]]; then {function}_{word.Name}; return; fi\n");
        script.Append("""
              local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
              # bash makes a word of its own of the = in --option=value.
              if [[ $word == = ]]; then
                word=
              elif [[ $before == = ]]; then
                before=${COMP_WORDS[COMP_CWORD-2]}
              fi
              COMPREPLY=()
              case $before in

            """);
        foreach (var option in options.Where(option => option.Kind() != ValueKind.None))
            script.Append($"    {string.Join(" | ", option.Forms())}) {Values(option)}return ;;\n");

        script.Append($$"""
              esac
              if [[ $word == -* ]]; then
                mapfile -t COMPREPLY < <(compgen -W '{{string.Join(' ', options.SelectMany(OptionText.Forms))}}' -- "$word")
              {{(command.TakesPaths() ? "else compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n  fi" : "fi")}}
            }

            """);
    }

    private static string Values(Option option) => option.Kind() switch
    {
        ValueKind.Directory => "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$word\"); ",
        ValueKind.File => "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$word\"); ",
        _ when option.Words() is { Count: > 0 } words =>
            $"mapfile -t COMPREPLY < <(compgen -W '{string.Join(' ', words)}' -- \"$word\"); ",
        _ => "",
    };
}

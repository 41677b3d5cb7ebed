using System.CommandLine;
using System.Text;

namespace ReliableDownload.Manual;

/// <summary>Writes completion scripts for bash 4 and later.</summary>
internal static class BashCompletion
{
    public static string Write(Command command)
    {
        var function = $"_{command.Name.Replace('-', '_')}";
        var options = command.Shown().ToList();
        var script = new StringBuilder($$"""
            # bash completion of {{command.Name}}, made by {{command.Name}} --generate-completion bash
            {{function}}() {
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
            complete -F {{function}} {{command.Name}}

            """);
        return script.ToString();
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

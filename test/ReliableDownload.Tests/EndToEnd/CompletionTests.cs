using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>The completion scripts, asked by the shells that they are for.</summary>
public sealed class CompletionTests
{
    public static TheoryData<string> Shells { get; } = ["bash", "zsh", "fish"];

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task Each_option_of_the_help_is_offered(string shell)
    {
        foreach (var program in (string[])["rd", "rd-api"])
        {
            var offered = await CompleteAsync(shell, program, "--");
            var options = (await ProgramHelp.OptionsAsync(program)).Where(option => option.StartsWith("--", StringComparison.Ordinal));
            Assert.Equal(options.Order(), offered.Where(word => word.StartsWith("--", StringComparison.Ordinal)).Order());
        }
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task The_beginning_of_an_option_is_completed(string shell) => Assert.Equal(["--worker"], await CompleteAsync(shell, "rd", "--work"));

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task Verifying_has_options_of_its_own(string shell)
    {
        Assert.Equal(["--repair"], await CompleteAsync(shell, "rd", "verify", "--repa"));
        Assert.DoesNotContain(await CompleteAsync(shell, "rd", "verify", "--"), word => word.StartsWith("--output-dir", StringComparison.Ordinal));
        Assert.DoesNotContain(await CompleteAsync(shell, "rd", "--"), word => word.StartsWith("--repair", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task The_word_that_stands_for_a_number_is_completed(string shell) =>
        Assert.Equal(["auto"], await CompleteAsync(shell, "rd", "--worker", "a"));

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task Where_a_folder_is_meant_folders_alone_are_offered(string shell)
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["with space"]);
        File.WriteAllText(folder["with file"], "");
        var offered = Assert.Single(await CompleteAsync(shell, "rd", "--output-dir", $"{folder.Path}/with"));
        Assert.Equal("with space", Path.GetFileName(offered.TrimEnd('/')).Replace("\\", ""));
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task Where_the_server_is_told_what_to_serve_files_are_offered_too(string shell)
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["big"]);
        File.WriteAllText(folder["big.iso"], "");
        var offered = await CompleteAsync(shell, "rd-api", $"{folder.Path}/bi");
        Assert.Equal(["big", "big.iso"], offered.Select(path => Path.GetFileName(path.TrimEnd('/'))).Order());
    }

    [Fact]
    public async Task Bash_completes_behind_an_equals_sign() => Assert.Equal(["auto"], await CompleteAsync("bash", "rd", "--worker", "=", "a"));

    [Theory]
    [InlineData("rd")]
    [InlineData("rd-api")]
    public async Task Another_shell_is_refused_in_one_sentence(string program)
    {
        await using var process = ProcessRunner.Start(program, ["--generate-completion", "tcsh"]);
        var end = await process.EndAsync();
        Assert.Equal(new RdEnd(2, "", $"{program}: --generate-completion takes one of bash, zsh and fish. Try {program} --help.\n"), end);
    }

    /// <summary>What a shell offers for the last of the words behind a program's name.</summary>
    private static async Task<IReadOnlyList<string>> CompleteAsync(string shell, string program, params string[] words)
    {
        using var folder = new TempFolder();
        var script = folder["script"];
        await File.WriteAllTextAsync(script, await ProgramHelp.PrintedAsync(program, "--generate-completion", shell), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(folder["ask"], Question(shell), TestContext.Current.CancellationToken);

        await using var process = ProcessRunner.Start($"/usr/bin/{shell}", [folder["ask"], script, program, .. words], folder.Path, ("HOME", folder.Path));
        var end = await process.EndAsync();
        Assert.Equal((0, ""), (end.ExitCode, end.Error));
        return end.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')[0].TrimEnd('=', ' ')).ToList();
    }

    /// <summary>A script of the shell that prints what it offers for the words that it gets.</summary>
    private static string Question(string shell) => shell switch
    {
        // compopt works only while bash itself completes.
        "bash" => """
            compopt() { :; }
            source "$1"
            shift
            COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
            "_${1//-/_}"
            printf '%s\n' "${COMPREPLY[@]}"
            """,

        // Completion works only in a zsh at a terminal, so the script gives one to another zsh, which lists what _arguments would add.
        "zsh" => """
            zmodload zsh/zpty
            script=$1
            shift
            zpty shell zsh -f -i
            zpty -w shell "PROMPT= RPROMPT=; unset zle_bracketed_paste; stty -echo
            autoload -Uz compinit; compinit -u -D; source $script
            compadd() {
              if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd \"\$@\"; return; fi
              local -a found; builtin compadd -A found \"\$@\"
              for word in \$found; do print -r -- \"<\$word>\"; done
              builtin compadd \"\$@\"
            }
            list() { print -r -- BEGIN; _main_complete; print -r -- END; compstate[insert]= compstate[list]=; }
            zle -C list complete-word list; bindkey '^X' list; print -r -- REA''DY"
            zpty -r shell seen '*READY*'
            zpty -w -n shell "${(j: :)@}"$'\C-X'
            zpty -r shell seen '*END*'
            print -r -- $seen | tr -d '\r' | sed -n '/BEGIN/,/END/s/.*<\(.*\)>$/\1/p' | sort -u
            """,
        _ => """
            source $argv[1]
            complete -C (string join ' ' -- $argv[2..])
            """,
    };
}

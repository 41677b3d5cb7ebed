using System.CommandLine;
using ReliableDownload.Manual;

namespace ReliableDownload.Api;

/// <summary>
/// The file that <c>--config</c> names, with the options' names in it. What it says is put in front of the arguments, unless it is typed, or in the environment.
/// </summary>
internal sealed class ConfigFile
{
    private static readonly string[] NotInFiles = ["--config", "--help", "--version"];

    private readonly Setting<string> _file =
        new("--config", null, "RD_API_CONFIG", null, "read options from this file, name = value in each line; HUP reads it again", ValueParser.File);

    public Option Option => _file.Option;

    /// <summary>Its absolute path; null if there is none.</summary>
    /// <exception cref="UsageException">The path is not one.</exception>
    public string? PathIn(ParseResult typed, Func<string, string?> environment) => _file.Read(typed, environment);

    /// <summary>The command line of a command beside the server's, with what it shares with the server in front.</summary>
    /// <exception cref="UsageException">The file cannot be read, or a line is not what it should be.</exception>
    public ParseResult Apply(Command command, ParseResult typed, string[] arguments, Func<string, string?> environment) =>
        PathIn(typed, environment) is { } path ? CommandParser.Parse(command, [.. Read(path, command, typed, environment, CommandLine.OptionNames()), .. arguments]) : typed;

    /// <summary>The arguments for what it says.</summary>
    /// <param name="others">Options that have a meaning to others, and none to this command.</param>
    /// <exception cref="UsageException">It cannot be read, or a line is not what it should be.</exception>
    public static IReadOnlyList<string> Read(
        string path, Command command, ParseResult typed, Func<string, string?> environment, IReadOnlyCollection<string>? others = null)
    {
        var arguments = new List<string>();
        var seen = new HashSet<Option>();
        foreach (var line in Lines(path))
        {
            var name = $"--{line.Name}";
            var option = NotInFiles.Contains(name) ? null : command.Options.FirstOrDefault(option => option.Name == name);
            if (option is null && others?.Except(NotInFiles).Contains(name) == true)
                continue;
            if (option is null)
                throw new UsageException($"{line.Place}: {NearOption.Problem(command, name)}");
            if (!seen.Add(option) && option.Arity.MaximumNumberOfValues <= 1)
                throw new UsageException($"{line.Place}: {line.Name} is there a second time");
            if (!SavedOptionFile.TryArgument(option, line.Value, out var argument))
                throw new UsageException($"{line.Place}: {line.Name} is on or off: true or false, not '{line.Value}'");
            if (option.Kind() != ValueKind.None && line.Value.Length == 0)
                throw new UsageException($"{line.Place}: {line.Name} needs a value, as in {line.Name} = VALUE");
            if (argument is null || IsSetNearer(option, typed, environment))
                continue;
            arguments.Add(argument);
            (option as ISettingOption)?.Places.Add(line.Place);
        }

        return arguments;
    }

    private static bool IsSetNearer(Option option, ParseResult typed, Func<string, string?> environment) =>
        typed.GetResult(option) is { Implicit: false } || (option is ISettingOption setting && environment(setting.Variable) is { Length: > 0 });

    private static IReadOnlyList<SavedOptionLine> Lines(string path)
    {
        try
        {
            return SavedOptionFile.Read(path);
        }
        catch (InvalidDataException error)
        {
            throw new UsageException($"{error.Message}, so it is something else: choose another file with --config");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"the configuration {path} cannot be read: {error.Message.TrimEnd('.')}; choose another file with --config");
        }
    }
}

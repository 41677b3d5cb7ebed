using System.CommandLine;
using ReliableDownload.Manual;

namespace ReliableDownload.Rd.Options;

/// <summary>
/// Options that need not be typed each time: from the environment (<c>RD_LIMIT_RATE</c> for <c>--limit-rate</c>), else from the file
/// <c>~/.config/rd/config</c>. They stand in front of the typed ones, and only where the same option is not typed.
/// </summary>
internal sealed class SavedOptions(Func<string, string?> environment)
{
    private const string Prefix = "RD_";

    private const int MaxLines = 10_000;

    /// <summary>Where the file is (XDG Base Directory Specification); it need not exist. Null if there is no home.</summary>
    public string? ConfigFile
    {
        get
        {
            var folder = environment("XDG_CONFIG_HOME");
            // A relative one is to be ignored.
            if (!Path.IsPathRooted(folder))
                folder = environment("HOME") is { Length: > 0 } home ? Path.Combine(home, ".config") : null;
            return folder is null ? null : Path.Combine(folder, "rd", "config");
        }
    }

    /// <summary>The arguments for what is saved and not <paramref name="typed"/>, in the form <c>--name=value</c>.</summary>
    /// <exception cref="UsageException">A variable or a line is not what it should be.</exception>
    public IReadOnlyList<string> Read(Command command, ParseResult typed)
    {
        var options = command.Shown().Where(option => option.Name is not ("--help" or "--version")).ToList();
        var arguments = new List<string>();
        var taken = options.Where(option => typed.GetResult(option) is { Implicit: false }).ToHashSet();
        foreach (var option in options.Where(option => !taken.Contains(option)))
        {
            if (environment(VariableOf(option)) is { Length: > 0 } value && Argument(command, option, value, $"environment variable {VariableOf(option)}") is { } argument)
            {
                arguments.Add(argument);
                taken.Add(option);
            }
        }

        var once = new HashSet<Option>();
        foreach (var (name, value, place) in Lines())
        {
            var option = options.Find(option => option.Name == $"--{name}") ?? throw new UsageException($"{place}: {UsageException.Sentence(NearOption.Problem(command, $"--{name}"))}");
            if (!once.Add(option) && option.Arity.MaximumNumberOfValues <= 1)
                throw new UsageException($"{place}: {option.Name} is there a second time.");
            if (!taken.Contains(option) && Argument(command, option, value, place) is { } argument)
                arguments.Add(argument);
        }

        return arguments;
    }

    private static string VariableOf(Option option) => Prefix + option.Name.TrimStart('-').Replace('-', '_').ToUpperInvariant();

    /// <returns>Null for a switch that is off.</returns>
    private static string? Argument(Command command, Option option, string value, string place)
    {
        if (option.Kind() == ValueKind.None)
        {
            return value switch
            {
                "" or "true" or "yes" or "1" => option.Name,
                "false" or "no" or "0" => null,
                _ => throw new UsageException($"{place}: {option.Name} is on or off: true or false, not '{value}'."),
            };
        }

        var argument = $"{option.Name}={value}";
        var errors = Arguments.Parse(command, [argument]).GetResult(option)?.Errors;
        return errors?.FirstOrDefault() is { } error ? throw new UsageException($"{place}: {error.Message}") : argument;
    }

    private IEnumerable<(string Name, string Value, string Place)> Lines()
    {
        if (ConfigFile is not { } path || !File.Exists(path))
            yield break;
        var number = 0;
        foreach (var line in ReadLines(path))
        {
            if (++number > MaxLines)
                throw new UsageException($"{path} has more than {MaxLines} lines.");
            var text = line.Trim();
            if (text.Length == 0 || text[0] == '#')
                continue;
            var parts = text.Split('=', 2);
            yield return (parts[0].Trim().TrimStart('-'), parts.Length > 1 ? parts[1].Trim() : "", $"{path}, line {number}");
        }
    }

    private static string[] ReadLines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path} cannot be read: {error.Message}");
        }
    }
}

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

    /// <summary>An option that is saved.</summary>
    /// <param name="Name">Such as <c>--worker</c>.</param>
    /// <param name="Argument">In the form <c>--name=value</c>.</param>
    /// <param name="Place">Where it is saved.</param>
    public sealed record Saved(string Name, string Argument, string Place);

    /// <summary>What is saved and not <paramref name="typed"/>.</summary>
    /// <param name="others">Options that the command does not have, and that may be saved for another.</param>
    /// <exception cref="UsageException">A variable or a line is not what it should be.</exception>
    /// <exception cref="UnusableFileException">The file cannot be read.</exception>
    public IReadOnlyList<Saved> Read(Command command, ParseResult typed, IEnumerable<Option>? others = null)
    {
        var options = command.Shown().Where(option => option.Name is not ("--help" or "--version")).ToList();
        var saved = new List<Saved>();
        var ignored = others?.Select(option => option.Name).ToHashSet(StringComparer.Ordinal) ?? [];
        var taken = options.Where(option => typed.GetResult(option) is { Implicit: false }).ToHashSet();
        foreach (var option in options.Where(option => !taken.Contains(option)))
        {
            if (environment(VariableOf(option)) is { Length: > 0 } value && Argument(command, option, value, $"environment variable {VariableOf(option)}") is { } argument)
            {
                saved.Add(argument);
                taken.Add(option);
            }
        }

        var once = new HashSet<Option>();
        foreach (var (name, value, place) in Lines())
        {
            if (options.Find(option => option.Name == $"--{name}") is not { } option)
            {
                if (ignored.Contains($"--{name}"))
                    continue;
                throw new UsageException($"{place}: {UsageException.Sentence(NearOption.Problem(command, $"--{name}"))}");
            }

            if (!once.Add(option) && option.Arity.MaximumNumberOfValues <= 1)
                throw new UsageException($"{place}: {option.Name} is there a second time.");
            if (!taken.Contains(option) && Argument(command, option, value, place) is { } argument)
                saved.Add(argument);
        }

        return saved;
    }

    /// <summary>The same problem with the places of the saved options that it names: nobody finds by himself what he did not type.</summary>
    public static UsageException Named(IReadOnlyList<Saved> saved, UsageException problem)
    {
        var places = saved.Where(option => problem.Message.Split(' ', ',', ';', '.', ':').Contains(option.Name)).Select(option => $"{option.Name} is saved: {option.Place}.").ToList();
        return places.Count == 0 ? problem : new UsageException($"{problem.Message} {string.Join(' ', places)}");
    }

    private static string VariableOf(Option option) => Prefix + option.Name.TrimStart('-').Replace('-', '_').ToUpperInvariant();

    /// <returns>Null for a switch that is off.</returns>
    private static Saved? Argument(Command command, Option option, string value, string place)
    {
        if (!SavedOptionFile.TryArgument(option, value, out var argument))
            throw new UsageException($"{place}: {option.Name} is on or off: true or false, not '{value}'.");
        if (argument is null)
            return null;
        var errors = Arguments.Parse(command, [argument]).GetResult(option)?.Errors;
        return errors?.FirstOrDefault() is { } error ? throw new UsageException($"{place}: {error.Message}") : new Saved(option.Name, argument, place);
    }

    private IReadOnlyList<SavedOptionLine> Lines()
    {
        if (ConfigFile is not { } path || !Path.Exists(path))
            return [];
        try
        {
            return Directory.Exists(path) ? throw new UnusableFileException($"'{path}' is a folder where rd looks for saved options; move it away") : SavedOptionFile.Read(path);
        }
        catch (InvalidDataException error)
        {
            throw new UsageException($"{error.Message}.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UnusableFileException($"'{path}', which holds saved options, cannot be read: {error.Message}");
        }
    }
}

using System.CommandLine;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api;

/// <summary>What to serve, named without an option: a folder, or a single file of one.</summary>
internal sealed class ServedPathArgument
{
    public Argument<string> Argument { get; } = new("DIR|FILE")
    {
        Description = "Folder to serve, as --web-root; or a single file, which is served alone; the words hash, link and check are other commands (rd-api hash --help)",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <param name="isRootGiven">Whether the folder was chosen by an option or a variable.</param>
    /// <exception cref="UsageException">There is nothing at the path, or nobody chose what to serve and it would be everything.</exception>
    public RdApiOptions Apply(RdApiOptions options, ParseResult parsed, bool isRootGiven)
    {
        if (parsed.GetValue(Argument) is not { } word)
            return isRootGiven || !IsServiceInRoot(options.WebRoot) ? options : throw new UsageException(
                $"nobody has said which folder to serve, and this was started in {options.WebRoot} without a terminal: name one, as in rd-api /srv/files, or with --web-root");
        if (word.Length == 0)
            throw new UsageException("the folder to serve has an empty name: an unset variable in a script?");
        var path = Path.GetFullPath(word);
        if (Directory.Exists(path) || RootCheck.IsOutOfReach(path))
            return options with { WebRoot = path };
        return File.Exists(path)
            ? Only(options, path)
            : throw new UsageException($"'{word}' is neither a folder nor a file: name the one to serve, or choose it with --web-root");
    }

    // A link out of its folder would not be followed, as nothing outside what is served ever is.
    private static RdApiOptions Only(RdApiOptions options, string path)
    {
        var target = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        if (Path.GetDirectoryName(target) == Path.GetDirectoryName(path))
            target = path;
        return options with { WebRoot = Path.GetDirectoryName(target)!, OnlyFile = Path.GetFileName(target) };
    }

    // Services are started in the root of all files, where somebody at a terminal would not be by accident.
    private static bool IsServiceInRoot(string folder) => Console.IsInputRedirected && folder == Path.GetPathRoot(folder);
}

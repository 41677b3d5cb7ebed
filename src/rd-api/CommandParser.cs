using System.CommandLine;

namespace ReliableDownload.Api;

/// <summary>Parses arguments as they are meant.</summary>
internal static class CommandParser
{
    // Arguments that begin with '@' are names like any other, not files of arguments.
    private static readonly ParserConfiguration Configuration = new() { ResponseFileTokenReplacer = null };

    /// <param name="arguments">Without the program's name.</param>
    public static ParseResult Parse(Command command, IEnumerable<string> arguments) =>
        // The parser takes a first argument that is called like the command, such as /srv/rd-api, for the program itself, and drops it.
        command.Parse([command.Name, .. arguments], Configuration);
}

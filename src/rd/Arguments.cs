using System.CommandLine;

namespace ReliableDownload.Rd;

/// <summary>Parses arguments as they are meant.</summary>
internal static class Arguments
{
    // Arguments that begin with '@' are names like any other, not files of arguments.
    private static readonly ParserConfiguration Configuration = new() { ResponseFileTokenReplacer = null };

    public static ParseResult Parse(Command command, IEnumerable<string> arguments) => command.Parse([.. arguments.SelectMany(WithEmptyValue)], Configuration);

    // The parser would take the next argument for the value of "--proxy=".
    private static IEnumerable<string> WithEmptyValue(string argument) =>
        argument.StartsWith("--", StringComparison.Ordinal) && argument.IndexOf('=') == argument.Length - 1 ? [argument[..^1], ""] : [argument];
}

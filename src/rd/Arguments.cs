using System.CommandLine;
using System.Globalization;

namespace ReliableDownload.Rd;

/// <summary>Parses arguments as they are meant.</summary>
internal static class Arguments
{
    /// <summary>The option for whole folders.</summary>
    public const string Recursive = "--recursive";

    // To rd 1.x it is --block-max-retry, which takes a number; to curl, wget and cp it is this.
    private const string ShortRecursive = "-r";

    // Arguments that begin with '@' are names like any other, not files of arguments.
    private static readonly ParserConfiguration Configuration = new() { ResponseFileTokenReplacer = null };

    public static ParseResult Parse(Command command, IEnumerable<string> arguments)
    {
        string[] all = [.. arguments];
        // The parser takes a first argument that is called like the command, such as http://host/rd, for the program itself, and drops it.
        return command.Parse([command.Name, .. all.Select((argument, index) => IsRecursive(all, index) ? Recursive : argument).SelectMany(WithEmptyValue)], Configuration);
    }

    private static bool IsRecursive(string[] arguments, int index) =>
        arguments[index] == ShortRecursive
        && (index + 1 == arguments.Length || !int.TryParse(arguments[index + 1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _));

    // The parser would take the next argument for the value of "--proxy=".
    private static IEnumerable<string> WithEmptyValue(string argument) =>
        argument.StartsWith("--", StringComparison.Ordinal) && argument.IndexOf('=') == argument.Length - 1 ? [argument[..^1], ""] : [argument];
}

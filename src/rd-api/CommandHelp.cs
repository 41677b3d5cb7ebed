using System.CommandLine;
using ReliableDownload.Manual;

namespace ReliableDownload.Api;

/// <summary>The help of a command such as <c>rd-api link</c>, in the form of rd-api's own.</summary>
internal static class CommandHelp
{
    /// <summary>What asks for it. Not the parser's own <c>HelpOption</c>, whose texts come from resources.</summary>
    public static Option<bool> Option() => new("--help") { Description = "Show help and usage information", Arity = ArgumentArity.Zero };

    /// <param name="command">The command.</param>
    /// <param name="word">The first word of its command line.</param>
    public static string Of(Command command, string word) => HelpText.Write(new ProgramManual
    {
        Command = command,
        Groups = [new("Options", [.. command.Options])],
        Version = $"rd-api {ProductVersion.Number}",
        Sections = [],
    }).Replace($"\n  {command.Name} ", $"\n  {command.Name} {word} ", StringComparison.Ordinal);
}

using System.Text.RegularExpressions;

namespace ReliableDownload.Tests.Support;

/// <summary>What a program says of itself.</summary>
internal static partial class ProgramHelp
{
    /// <summary>All that it writes to standard output.</summary>
    public static async Task<string> PrintedAsync(string program, params string[] arguments)
    {
        await using var process = ProcessRunner.Start(program, arguments);
        var end = await process.EndAsync();
        Assert.Equal((0, ""), (end.ExitCode, end.Error));
        return end.Output;
    }

    /// <summary>The options in its help: <c>-p</c>, <c>--port</c> and so on.</summary>
    public static async Task<IReadOnlyList<string>> OptionsAsync(string program)
    {
        var options = Option().Matches(await PrintedAsync(program, "--help")).SelectMany(line => line.Groups["names"].Value.Split(", ")).ToList();
        Assert.True(options.Count > 12);
        return options;
    }

    [GeneratedRegex(@"^  (?<names>-[\w, -]+?)(  | <)", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Option();
}

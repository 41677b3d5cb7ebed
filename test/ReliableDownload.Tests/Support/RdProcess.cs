namespace ReliableDownload.Tests.Support;

/// <summary>The real rd, in a folder of the test's.</summary>
internal static class RdProcess
{
    public static ProcessRunner Start(TempFolder folder, params IEnumerable<string> arguments) =>
        ProcessRunner.Start("rd", arguments, folder.Path);

    /// <param name="command">What a shell does, with rd as <c>$0</c> and its arguments as <c>$@</c>.</param>
    public static ProcessRunner StartInShell(TempFolder folder, string command, params IEnumerable<string> arguments) =>
        ProcessRunner.Start("/bin/sh", ["-c", command, ProcessRunner.PathOf("rd"), .. arguments], folder.Path);

    /// <summary>Runs it to its end.</summary>
    public static async Task<RdEnd> RunAsync(TempFolder folder, params IEnumerable<string> arguments)
    {
        await using var rd = Start(folder, arguments);
        return await rd.EndAsync();
    }

    /// <summary>Waits for the end of a program.</summary>
    public static async Task<RdEnd> EndAsync(this ProcessRunner process)
    {
        var exitCode = await process.WaitForExitAsync();
        return new RdEnd(exitCode, process.Output.Text, process.Error.Text);
    }
}

/// <summary>How a program ended, and all that it said.</summary>
internal sealed record RdEnd(int ExitCode, string Output, string Error);

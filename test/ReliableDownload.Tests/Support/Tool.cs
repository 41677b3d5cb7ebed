namespace ReliableDownload.Tests.Support;

/// <summary>Somebody else's program, from Debian: test.sh installs what is used here.</summary>
internal static class Tool
{
    /// <summary>Runs it to its end, which has to be a good one.</summary>
    /// <param name="folder">Where it runs; also its home, so that nobody's settings change a test.</param>
    /// <param name="command">The program, found by PATH, and its arguments.</param>
    /// <returns>What it wrote to standard output and standard error.</returns>
    public static async Task<string> RunAsync(string folder, params string[] command)
    {
        await using var process = ProcessRunner.Start("/usr/bin/env", command, folder, ("HOME", folder), ("LC_ALL", "C.UTF-8"));
        var exitCode = await process.WaitForExitAsync();
        var said = process.Output.Text + process.Error.Text;
        Assert.True(exitCode == 0, $"{string.Join(' ', command)} ended with {exitCode}:\n{said}");
        return said;
    }
}

namespace ReliableDownload.Api.Checking;

/// <summary><c>rd-api check</c>: says whether the server would start with the same options, and starts and changes nothing.</summary>
internal static class CheckCommand
{
    /// <summary>The first word of the command line.</summary>
    public const string Name = "check";

    /// <returns>Whether it would start.</returns>
    public static async Task<bool> RunAsync(RdApiOptions options, TextWriter output, TextWriter errors)
    {
        var isGood = true;
        await foreach (var (what, problem) in new StartCheck(options).RunAsync())
        {
            isGood &= problem is null;
            if (problem is null)
                await output.WriteLineAsync($"ok: {what}");
            else
                await errors.WriteLineAsync($"rd-api: {problem}.");
        }

        return isGood;
    }
}

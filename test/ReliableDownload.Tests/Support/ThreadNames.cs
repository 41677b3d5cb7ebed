namespace ReliableDownload.Tests.Support;

/// <summary>The names of a process's threads, as Linux has them in /proc.</summary>
internal static class ThreadNames
{
    /// <param name="process">Its number, or <c>self</c>.</param>
    public static IReadOnlyList<string> Of(string process) => [.. Directory.GetDirectories($"/proc/{process}/task").Select(NameOf)];

    // One that has ended since they were listed has no name any more.
    private static string NameOf(string thread)
    {
        try
        {
            return File.ReadAllText(Path.Combine(thread, "comm")).TrimEnd('\n');
        }
        catch (IOException)
        {
            return "";
        }
    }
}

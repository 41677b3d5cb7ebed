namespace ReliableDownload.Tests.Support;

/// <summary>The sources that the tests were built from.</summary>
internal static class Repository
{
    /// <summary>The top folder.</summary>
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string folder) =>
        File.Exists(Path.Combine(folder, "ReliableDownload.slnx")) ? folder : Find(Path.GetDirectoryName(folder)!);
}

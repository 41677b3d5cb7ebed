namespace ReliableDownload.Client.Proof.Metalinks;

/// <summary>Which of a Metalink's files a path means.</summary>
internal static class NamedFile
{
    /// <summary>The file whose name, with the folders in it, the path ends with; of several the one with the longest name. Null where there is none.</summary>
    public static MetalinkFile? Of(Metalink metalink, string path) =>
        metalink.Files.Where(file => path.EndsWith("/" + file.Name, StringComparison.Ordinal)).MaxBy(file => file.Name.Length);

    /// <summary>Whether the path has the file's last name, and no other file's name has as much in common with it.</summary>
    public static bool IsSure(Metalink metalink, MetalinkFile file, string path)
    {
        var its = SharedNames(file.Name, path);
        return its > 0 && !metalink.Files.Any(other => !ReferenceEquals(other, file) && SharedNames(other.Name, path) >= its);
    }

    private static int SharedNames(string name, string path) =>
        name.Split('/').AsEnumerable().Reverse().Zip(path.Split('/').AsEnumerable().Reverse()).TakeWhile(pair => pair.First == pair.Second).Count();
}

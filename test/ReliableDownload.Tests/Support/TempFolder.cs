namespace ReliableDownload.Tests.Support;

/// <summary>A folder of one test's own, gone when the test is over.</summary>
internal sealed class TempFolder : IDisposable
{
    private TempFolder(string path) => Path = path;

    public TempFolder()
        : this(Directory.CreateTempSubdirectory("rd-test-").FullName)
    {
    }

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>One in memory, if the system has a place for it: for very many files.</summary>
    public static TempFolder InMemory()
    {
        const string Memory = "/dev/shm";
        return Directory.Exists(Memory) ? new TempFolder(Directory.CreateDirectory(System.IO.Path.Combine(Memory, $"rd-test-{Guid.NewGuid():N}")).FullName) : new TempFolder();
    }

    /// <summary>All names below a folder in it, relative to that, in order.</summary>
    public IEnumerable<string> NamesBelow(string folder) => Directory.EnumerateFileSystemEntries(this[folder], "*", SearchOption.AllDirectories)
        .Select(path => System.IO.Path.GetRelativePath(this[folder], path)).Order(StringComparer.Ordinal);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

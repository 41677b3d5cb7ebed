namespace ReliableDownload.Rd;

/// <summary>Where files go that their servers name, so that no two of one command become the same. Thread-safe.</summary>
internal sealed class ServerNames(IEnumerable<RequestedFile> files)
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _taken = new(
        files.Where(file => !file.IsNamedByServer && !file.IsForOutput).Select(file => Path.GetFullPath(file.Target)), RequestedFiles.PathComparer);

    /// <summary>The file's path, or a sentence on why there is none.</summary>
    /// <param name="suggested">The name that the server suggests; null for none.</param>
    public (string? Path, string? Problem) Choose(RequestedFile file, string? suggested)
    {
        if (suggested is null && file.Target.Length == 0)
            return (null, "neither the URL nor the server names the file; choose a name with -O");
        var path = Path.GetFullPath(suggested is null ? file.Target : Path.Combine(file.Folder, suggested));
        lock (_lock)
        {
            return _taken.Add(path)
                ? (path, null)
                : (null, $"it would become '{path}' as another file of this command; give its URL to another command, with another folder");
        }
    }
}

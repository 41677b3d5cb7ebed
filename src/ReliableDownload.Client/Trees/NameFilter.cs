namespace ReliableDownload.Client.Trees;

/// <summary>
/// Which names of a tree are wanted: those that an include names, themselves or a folder above them, or all where there is none; but nothing that an exclude names, nor what is
/// below it. Safe for threads.
/// </summary>
internal sealed class NameFilter(TreeOptions options)
{
    private readonly NamePattern[] _includes = [.. options.Include.Select(text => new NamePattern(text))];
    private readonly NamePattern[] _excludes = [.. options.Exclude.Select(text => new NamePattern(text))];

    /// <summary>Whether all is wanted.</summary>
    public bool IsEmpty => _includes.Length + _excludes.Length == 0;

    /// <summary>Whether folders are wanted only for what is in them.</summary>
    public bool HasIncludes => _includes.Length > 0;

    public bool IsWanted(TreePath path, bool isFolder) =>
        IsEmpty || (!IsExcluded(path, isFolder) && (_includes.Length == 0 || Names(_includes, path.Text.Split('/'), isFolder)));

    /// <summary>Whether neither it nor anything below it is wanted.</summary>
    public bool IsExcluded(TreePath path, bool isFolder) => _excludes.Length > 0 && Names(_excludes, path.Text.Split('/'), isFolder);

    private static bool Names(NamePattern[] patterns, string[] parts, bool isFolder)
    {
        for (var count = 1; count <= parts.Length; count++)
        {
            var path = parts.AsSpan(0, count);
            foreach (var pattern in patterns)
            {
                if (pattern.IsMatch(path, isFolder || count < parts.Length))
                    return true;
            }
        }

        return false;
    }
}

using System.Text;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Ahead;

/// <summary>What a user names on the command line: a path below the web root, or an absolute one within it.</summary>
internal static class HashedPath
{
    /// <exception cref="UsageException">It is not below the root.</exception>
    public static RequestPath Parse(string root, string path)
    {
        var full = Path.GetFullPath(path, root);
        var below = Path.GetRelativePath(root, full);
        if (below == ".")
            return RequestPath.Root;
        if (Path.IsPathRooted(below) || below == ".." || below.StartsWith("../", StringComparison.Ordinal) || below.StartsWith(@"..\", StringComparison.Ordinal))
            throw new UsageException($"'{path}' is not below the web root, {root}");
        return new RequestPath(Encoding.UTF8.GetBytes(below.Replace(Path.DirectorySeparatorChar, '/')), EndsWithSlash: Directory.Exists(full));
    }
}

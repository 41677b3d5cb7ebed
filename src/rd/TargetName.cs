using System.Text;
using ReliableDownload.Client;

namespace ReliableDownload.Rd;

/// <summary>The name that a downloaded file gets: the last segment of the URL's path, unless the user chooses another.</summary>
internal static class TargetName
{
    /// <summary>The name derived from <paramref name="url"/>, or null with the reason in <paramref name="problem"/>.</summary>
    public static string? Of(Uri url, out string problem)
    {
        // Percent-encoded bytes that are not UTF-8 stay encoded, so that the file gets a name that can be typed.
        var name = Uri.UnescapeDataString(url.AbsolutePath[(url.AbsolutePath.LastIndexOf('/') + 1)..]);
        problem = ProblemOf(name);
        return problem.Length == 0 ? name : null;
    }

    /// <summary>The name of the folder that <paramref name="url"/>, which ends with a slash, names; or null with the reason in <paramref name="problem"/>.</summary>
    public static string? OfFolder(Uri url, out string problem) =>
        Of(new UriBuilder(url) { Path = url.AbsolutePath.TrimEnd('/'), Query = "", Fragment = "" }.Uri, out problem);

    /// <summary>The path below <paramref name="folder"/> for a name that a stranger gave, perhaps with folders before it; null with the reason in <paramref name="problem"/>.</summary>
    public static string? Below(string folder, string name, out string problem)
    {
        var path = folder;
        foreach (var part in name.Split('/'))
        {
            // A link that is there already could lead anywhere.
            problem = path != folder && new DirectoryInfo(path).LinkTarget is not null ? "leads through a symbolic link"
                : ProblemOf(part) is { Length: > 0 } common ? common
                // In a home folder such files change what programs do.
                : part[0] == '.' ? "has a part that begins with a dot, and hidden files are written only under a name that you give (-O)" : "";
            if (problem.Length > 0)
                return null;
            path = Path.Combine(path, part);
        }

        problem = "";
        return path;
    }

    private static string ProblemOf(string name) => name switch
    {
        "" => "names no file, but a folder",
        "." or ".." => "names no file",
        _ when OperatingSystem.IsWindows() && FileNames.IsReservedOnWindows(name) => "names a file with a name that Windows keeps for itself",
        _ when name.Contains('/') || name.Contains('\\') => "names a file with a slash or backslash in its name, which is not safe to write",
        _ when name.Any(char.IsControl) => "names a file with control characters in its name, which is not safe to write",
        _ when name.AsSpan().IndexOfAny(Path.GetInvalidFileNameChars()) >= 0 => "names a file with characters that this system does not allow in names",
        _ when Encoding.UTF8.GetByteCount(name) > FileNames.MaxBytes => $"names a file whose name is longer than {FileNames.MaxBytes} bytes",
        _ => "",
    };
}

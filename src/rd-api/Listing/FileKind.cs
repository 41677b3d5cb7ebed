using System.Text;
using Microsoft.AspNetCore.StaticFiles;

namespace ReliableDownload.Api.Listing;

/// <summary>A word for what kind of file a name promises.</summary>
internal static class FileKind
{
    private static readonly Dictionary<string, string> Words = new(WordsOfMediaTypes(), StringComparer.OrdinalIgnoreCase)
    {
        [".iso"] = "disk image",
        [".img"] = "disk image",
        [".qcow2"] = "disk image",
        [".zip"] = "archive",
        [".tar"] = "archive",
        [".gz"] = "archive",
        [".tgz"] = "archive",
        [".xz"] = "archive",
        [".zst"] = "archive",
        [".bz2"] = "archive",
        [".7z"] = "archive",
        [".deb"] = "package",
        [".rpm"] = "package",
        [".whl"] = "package",
        [".nupkg"] = "package",
        [".exe"] = "program",
        [".msi"] = "program",
        [".dmg"] = "program",
        [".pdf"] = "document",
    };

    public static string Of(ReadOnlySpan<byte> name)
    {
        var dot = name.LastIndexOf((byte)'.');
        return dot > 0 && Words.TryGetValue(Encoding.UTF8.GetString(name[dot..]), out var word) ? word : "file";
    }

    private static IEnumerable<KeyValuePair<string, string>> WordsOfMediaTypes()
    {
        foreach (var (extension, type) in new FileExtensionContentTypeProvider().Mappings)
        {
            if (type[..type.IndexOf('/')] is "audio" or "video" or "text" or "font")
                yield return new(extension, type[..type.IndexOf('/')]);
            else if (type.StartsWith("image/", StringComparison.Ordinal))
                yield return new(extension, "picture");
        }
    }
}

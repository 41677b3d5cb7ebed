using ReliableDownload.Client.Metadata;

namespace ReliableDownload.Client.Trees;

/// <summary>Where the server tells of a folder, and where its files are.</summary>
/// <param name="Tree">Where it lists the tree, and answers with files.</param>
/// <param name="Folder">What the user named.</param>
internal sealed record TreeAddress(Uri Tree, Uri Folder)
{
    /// <summary>Where an rd-api may be: at the root of the host, or behind a prefix.</summary>
    public static IReadOnlyList<TreeAddress> Of(Uri folder) =>
        [.. new[] { MetadataPlace.AtRoot(folder) }.Concat(MetadataPlace.Guesses(folder, folder)).Select(place => new TreeAddress(place.Url, folder))];

    /// <summary>The list, from what comes after a path on.</summary>
    /// <param name="path">Null for all of it.</param>
    /// <param name="isFolder">Whether the path was told as a folder's: as a file's it would be told once more.</param>
    public Uri After(TreePath? path, bool isFolder) => path is null ? Tree
        : new UriBuilder(Tree) { Query = $"{(Tree.Query.Length > 1 ? $"{Tree.Query[1..]}&" : "")}after={Uri.EscapeDataString(isFolder ? $"{path.Wire}/" : path.Wire)}" }.Uri;

    /// <summary>The URL of a file.</summary>
    public Uri FileAt(TreePath path) => At(path.Url);

    /// <summary>The URL of a folder.</summary>
    public Uri FolderAt(TreePath path) => At($"{path.Url}/");

    private Uri At(string path) => new($"{Folder.GetLeftPart(UriPartial.Path)}{path}{Folder.Query}");
}

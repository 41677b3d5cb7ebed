using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Trees;

/// <summary>A folder that a walk is in.</summary>
/// <param name="Path">Below the root.</param>
/// <param name="Encoded">Below the folder whose tree it is, as lines have it: with a slash at its end unless empty.</param>
/// <param name="Names">Sorted by their bytes.</param>
/// <param name="Identity">When it was read.</param>
internal sealed record TreeLevel(RequestPath Path, byte[] Encoded, FolderNames Names, FileIdentity Identity)
{
    /// <summary>The name that comes next.</summary>
    public int Next { get; set; }

    /// <summary>Where to go on: below a name in this folder that was told before; null if there is nothing to leave out any more.</summary>
    public RequestPath? After { get; set; }

    public bool IsSameFolder(FileIdentity other) => Identity.IsOfAnyName && (Identity.Device, Identity.Inode) == (other.Device, other.Inode);
}

using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Tar;

/// <summary>A file or folder in a tar: all that its header says beside its name.</summary>
/// <param name="Identity">Of a folder without its size.</param>
/// <param name="Access">The bits of access, such as 0644.</param>
/// <param name="IsFolder">Whether it is a folder.</param>
internal readonly record struct TarEntry(FileIdentity Identity, int Access, bool IsFolder)
{
    // Where files have none.
    private const int FileAccess = 0x1A4; // rw-r--r--
    private const int FolderAccess = 0x1ED; // rwxr-xr-x

    /// <summary>Bytes that follow the header.</summary>
    public long Size => IsFolder ? 0 : Identity.Size;

    public static TarEntry Of(FolderEntry entry) => new(entry.Identity, entry.Access ?? (entry.IsFolder ? FolderAccess : FileAccess), entry.IsFolder);
}

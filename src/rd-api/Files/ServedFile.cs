using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Api.Files;

/// <summary>A regular file inside the root, opened for reading, with its identity at the time of opening.</summary>
internal sealed class ServedFile(SafeFileHandle handle, FileIdentity identity) : IDisposable
{
    public SafeFileHandle Handle { get; } = handle;

    public FileIdentity Identity { get; } = identity;

    /// <summary>The bits of access, such as 0644; null where files have none.</summary>
    public int? Access { get; init; }

    /// <summary>Whether it has not changed since.</summary>
    public bool IsUnchanged => FileIdentity.Of(Handle) == Identity;

    public void Dispose() => Handle.Dispose();
}

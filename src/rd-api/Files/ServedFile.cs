using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Api.Files;

/// <summary>A regular file inside the root, opened for reading, with its identity at the time of opening.</summary>
internal sealed class ServedFile(SafeFileHandle handle, FileIdentity identity) : IDisposable
{
    public SafeFileHandle Handle { get; } = handle;

    public FileIdentity Identity { get; } = identity;

    public void Dispose() => Handle.Dispose();
}

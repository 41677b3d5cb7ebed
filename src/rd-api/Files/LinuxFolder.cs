using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using ReliableDownload.Api.Sending;

namespace ReliableDownload.Api.Files;

/// <summary>A folder of a <see cref="LinuxWebRoot"/>.</summary>
/// <param name="root">Resolves links in it.</param>
/// <param name="path">Its path below the root.</param>
/// <param name="handle">The folder, opened for reading; disposed of with this.</param>
/// <param name="identity">The identity of the handle's folder.</param>
/// <param name="showHidden">Whether names that begin with a dot are served.</param>
internal sealed class LinuxFolder(LinuxWebRoot root, RequestPath path, SafeFileHandle handle, FileIdentity identity, bool showHidden) : IServedFolder
{
    public FileIdentity Identity => identity;

    public void Probe()
    {
        EventThread.AssertLeft();
        FolderReader.Probe(handle);
    }

    public FolderNames ReadNames()
    {
        EventThread.AssertLeft();
        var names = new FolderNames();
        FolderReader.Read(handle, (name, type) =>
        {
            if (!RequestPath.IsName(name) || IsHidden(name))
                return;
            bool? isFolder = type switch
            {
                FolderReader.Folder => true,
                FolderReader.File => false,
                FolderReader.Link or FolderReader.Unknown => IsFolder(name),
                _ => null,
            };
            if (isFolder is { } known)
                names.Add(name, known);
        });
        return names;
    }

    public FolderEntry? Describe(ReadOnlySpan<byte> name)
    {
        EventThread.AssertLeft();
        if (IsHidden(name))
            return null;
        // A disk that fails, or a mount that is dead, must not look as if nothing were there.
        if (LinuxCalls.Status(handle, name) is not { } own)
            return LinuxCalls.IsNowhere(Marshal.GetLastPInvokeError()) ? null : throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        var status = own.IsLink ? root.Status(path.Child(name)) : own;
        return status is { } known && (known.IsFile || known.IsFolder)
            ? new FolderEntry(known.IsFolder, known.Identity, known.Access)
            : null;
    }

    public ServedFile? OpenFile(ReadOnlySpan<byte> name)
    {
        EventThread.AssertLeft();
        if (!RequestPath.IsName(name) || IsHidden(name) || LinuxCalls.Status(handle, name) is not { } status)
            return null;
        // What is not simply there takes more care.
        if (status.IsLink)
            return root.OpenFile(path.Child(name));
        // Checked first, because opening a device has side effects.
        if (!status.IsFile)
            return null;
        return LinuxCalls.OpenIn(handle, name) is { } file
            ? new ServedFile(file, status.Identity) { Access = status.Access }
            : root.OpenFile(path.Child(name));
    }

    public void Dispose() => handle.Dispose();

    private bool? IsFolder(ReadOnlySpan<byte> name)
    {
        try
        {
            return Describe(name)?.IsFolder;
        }
        catch (IOException)
        {
            // Told of when it is described.
            return false;
        }
    }

    private bool IsHidden(ReadOnlySpan<byte> name) => name[0] == '.' && !showHidden;
}

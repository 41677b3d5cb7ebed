using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Api.Files;

/// <summary>
/// The folder that is served, held open: a look whether it is still the one at its path costs half of opening it. One for all requests.
/// </summary>
/// <param name="path">Its absolute path, which may lead through links.</param>
internal sealed class RootFolder(string path)
{
    private readonly byte[] _path = Encoding.UTF8.GetBytes(path);
    private volatile Held? _held;

    /// <summary>The folder that is at the path now; stays open as long as anybody uses it.</summary>
    /// <exception cref="IOException">There is none.</exception>
    public SafeFileHandle Open() => Hold().Handle;

    /// <summary><see cref="Open"/>, where the folder is in memory or on a disk of this machine; null where its file system may wait for a network.</summary>
    /// <exception cref="IOException">There is none.</exception>
    public SafeFileHandle? OpenLocal() => Hold() is { IsLocal: true } held ? held.Handle : null;

    private Held Hold()
    {
        var status = LinuxCalls.Status(_path) ?? throw Failure();
        if (_held is { } held && held.Status.IsSameFile(status))
            return held;
        var handle = LinuxCalls.OpenAnywhere(_path, LinuxCalls.Look) ?? throw Failure();
        // The one before is not disposed of, as others may be using it: the collector closes it.
        return _held = new Held(handle, LinuxCalls.Status(handle, []) ?? throw Failure(), IsLocal());
    }

    private bool IsLocal() => new DriveInfo(path).DriveType is DriveType.Fixed or DriveType.Ram;

    private static IOException Failure() => new(Marshal.GetLastPInvokeErrorMessage());

    private sealed record Held(SafeFileHandle Handle, FileStatus Status, bool IsLocal);
}

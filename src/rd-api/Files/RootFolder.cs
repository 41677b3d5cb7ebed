using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Api.Files;

/// <summary>
/// The folder that is served, held open: a look whether it is still the one at its path costs half of opening it. One for all requests.
/// </summary>
/// <param name="path">Its absolute path, which may lead through links.</param>
internal sealed class RootFolder(byte[] path)
{
    private volatile Held? _held;

    /// <summary>The folder that is at the path now; stays open as long as anybody uses it.</summary>
    /// <exception cref="IOException">There is none.</exception>
    public SafeFileHandle Open()
    {
        var status = LinuxCalls.Status(path) ?? throw Failure();
        if (_held is { } held && held.Status.IsSameFile(status))
            return held.Handle;
        var handle = LinuxCalls.OpenAnywhere(path, LinuxCalls.Look) ?? throw Failure();
        // Not disposed of, as others may be using it: the collector closes the one before.
        _held = new Held(handle, LinuxCalls.Status(handle, []) ?? throw Failure());
        return handle;
    }

    private static IOException Failure() => new(Marshal.GetLastPInvokeErrorMessage());

    private sealed record Held(SafeFileHandle Handle, FileStatus Status);
}

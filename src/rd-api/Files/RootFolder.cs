using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using ReliableDownload.Api.Sending;

namespace ReliableDownload.Api.Files;

/// <summary>
/// The folder that is served, held open: checking that it is still the one at its path costs half as much as opening it. One for all requests.
/// </summary>
/// <param name="path">Its absolute path, which may lead through links.</param>
/// <param name="time">Measures how long ago the folder was last checked.</param>
internal sealed class RootFolder(string path, TimeProvider time)
{
    // A check may block, if not on the root itself then on a network on the way to it. Callers that must not block rely on the last one.
    private static readonly TimeSpan TrustedFor = TimeSpan.FromMilliseconds(100);

    private readonly byte[] _path = Encoding.UTF8.GetBytes(path);
    private volatile Held? _held;

    /// <summary>The folder that is at the path now; stays open as long as it is in use.</summary>
    /// <exception cref="IOException">There is none.</exception>
    public SafeFileHandle Open() => Refresh().Handle;

    /// <summary>
    /// The folder that <see cref="Open"/> found within the last 100 ms, without blocking; null if it found none, or one on a file system
    /// that may wait for a network.
    /// </summary>
    public SafeFileHandle? OpenWithoutBlocking() =>
        _held is { IsLocal: true } held && time.GetElapsedTime(held.Looked) < TrustedFor ? held.Handle : null;

    private Held Refresh()
    {
        EventThread.AssertLeft();
        var now = time.GetTimestamp();
        var status = LinuxCalls.Status(_path) ?? throw Failure();
        if (_held is { } held && held.Status.IsSameFile(status))
        {
            held.Looked = now;
            return held;
        }

        var handle = LinuxCalls.OpenAnywhere(_path, LinuxCalls.PathOnly) ?? throw Failure();
        // The previous one is not disposed of, because others may be using it: the garbage collector closes it.
        return _held = new Held(handle, LinuxCalls.Status(handle, []) ?? throw Failure(), IsLocal()) { Looked = now };
    }

    private bool IsLocal() => new DriveInfo(path).DriveType is DriveType.Fixed or DriveType.Ram;

    private static IOException Failure() => new(Marshal.GetLastPInvokeErrorMessage());

    private sealed record Held(SafeFileHandle Handle, FileStatus Status, bool IsLocal)
    {
        /// <summary>When it was last seen at the path, as a timestamp.</summary>
        public long Looked
        {
            get => Volatile.Read(ref field);
            set => Volatile.Write(ref field, value);
        }
    }
}

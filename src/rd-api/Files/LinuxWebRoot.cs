using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Api.Files;

/// <summary>
/// The jail built by the Linux kernel: openat2(2) resolves each path beneath the root in one step, so that nobody can swap a
/// folder for a link between check and use. The root itself is looked up for each request, because it may be replaced as a whole.
/// </summary>
/// <param name="root">The absolute path of the folder that is served.</param>
/// <param name="showHidden">Whether names that begin with a dot are served.</param>
/// <param name="time">Measures how long ago the root was last checked.</param>
internal sealed class LinuxWebRoot(string root, bool showHidden, TimeProvider time) : IWebRoot
{
    // openat2(2): EAGAIN if a rename elsewhere made the kernel uncertain of a "..", which passes at once; or if somebody has a lease on the
    // file (Samba, an NFS server), which is usually returned within milliseconds.
    private const int MaxTries = 10;
    private const int MaxWaits = 20;
    private static readonly TimeSpan LeaseWait = TimeSpan.FromMilliseconds(25);

    // Paths at which a file was found; newer ones replace older ones.
    private readonly byte[]?[] _servedPaths = new byte[]?[Limits.ServedPaths];
    private readonly byte[] _root = Encoding.UTF8.GetBytes(root);
    private readonly RootFolder _folder = new(root, time);

    /// <summary>Whether this system has what the jail needs: openat2 since Linux 5.6, which some containers forbid.</summary>
    public static bool IsSupported(string root)
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
            return false;
        using var folder = LinuxCalls.OpenAnywhere(Encoding.UTF8.GetBytes(root), LinuxCalls.PathOnly);
        if (folder is null)
            return true;
        using var again = LinuxCalls.OpenBeneath(folder, [], LinuxCalls.PathOnly);
        return again is not null || Marshal.GetLastPInvokeError() is not (LinuxCalls.ENOSYS or LinuxCalls.EPERM);
    }

    public ServedFile? OpenFile(RequestPath path)
    {
        if (path.EndsWithSlash)
            return null;
        var folder = _folder.Open();
        // Checked first, because opening a device has side effects.
        if (StatusOf(folder, path) is not { IsFile: true } || Open(folder, path, LinuxCalls.Read) is not { } handle)
            return null;
        var file = AsFile(handle);
        if (file is not null)
            ServedPath(path) = path.Bytes.ToArray();
        return file;
    }

    public ServedFile? OpenFileWithoutBlocking(RequestPath path)
    {
        // A path that was checked once is not checked again: the check takes a sixth of the processor time of a 4 KiB answer.
        if (path.EndsWithSlash || ServedPath(path) is not { } served || !path.Bytes.Span.SequenceEqual(served))
            return null;
        if (_folder.OpenWithoutBlocking() is not { } folder || LinuxCalls.OpenCached(folder, served, LinuxCalls.Read) is not { } handle)
            return null;
        var file = AsFile(handle);
        if (file is null)
            ServedPath(path) = null;
        return file;
    }

    public FileIdentity? Identify(RequestPath path) =>
        !path.EndsWithSlash && StatusOf(_folder.Open(), path) is { IsFile: true } status ? status.Identity : null;

    public FolderEntry? Describe(RequestPath path) =>
        StatusOf(_folder.Open(), path) is { } status && (status.IsFile || status.IsFolder) ? new FolderEntry(status.IsFolder, status.Identity, status.Access) : null;

    public bool IsFolder(RequestPath path) => StatusOf(_folder.Open(), path) is { IsFolder: true };

    public IServedFolder? OpenFolder(RequestPath path)
    {
        if (!IsFolder(path) || Open(_folder.Open(), path, LinuxCalls.Read) is not { } handle)
            return null;
        var status = Status(handle);
        if (status.IsFolder)
            return new LinuxFolder(this, path, handle, status.Identity, showHidden);
        handle.Dispose();
        return null;
    }

    /// <summary>What is at <paramref name="path"/>, following links inside the root; null if nothing is.</summary>
    /// <exception cref="IOException">Something is, but this user may not look at it.</exception>
    public FileStatus? Status(RequestPath path) =>
        StatusOf(_folder.Open(), path, out var absence) ?? (LinuxCalls.IsNowhere(absence) ? null : throw new IOException(Marshal.GetPInvokeErrorMessage(absence)));

    private ref byte[]? ServedPath(RequestPath path)
    {
        var hash = default(HashCode);
        hash.AddBytes(path.Bytes.Span);
        return ref _servedPaths[(uint)hash.ToHashCode() % Limits.ServedPaths];
    }

    private static ServedFile? AsFile(SafeFileHandle handle)
    {
        var status = Status(handle);
        if (status.IsFile)
            return new ServedFile(handle, status.Identity) { Access = status.Access };
        handle.Dispose();
        return null;
    }

    private FileStatus? StatusOf(SafeFileHandle folder, RequestPath path) => StatusOf(folder, path, out _);

    /// <param name="absence">The error that stands for there being nothing; 0 if there is.</param>
    private FileStatus? StatusOf(SafeFileHandle folder, RequestPath path, out int absence)
    {
        using var handle = Open(folder, path, LinuxCalls.PathOnly, out absence);
        return handle is null ? null : Status(handle);
    }

    private SafeFileHandle? Open(SafeFileHandle folder, RequestPath path, int flags) => Open(folder, path, flags, out _);

    private SafeFileHandle? Open(SafeFileHandle folder, RequestPath path, int flags, out int absence)
    {
        absence = LinuxCalls.ENOENT;
        return path.IsHidden && !showHidden ? null : OpenBeneath(folder, path.Bytes.Span, flags, resolved: false, out absence);
    }

    private SafeFileHandle? OpenBeneath(SafeFileHandle folder, ReadOnlySpan<byte> path, int flags, bool resolved, out int absence)
    {
        for (var tries = 1; ; tries++)
        {
            absence = 0;
            if (LinuxCalls.OpenBeneath(folder, path, flags) is { } handle)
                return handle;
            var error = Marshal.GetLastPInvokeError();
            if (error == LinuxCalls.EAGAIN && tries < MaxTries + MaxWaits)
            {
                if (tries >= MaxTries)
                    WaitForLease();
                continue;
            }

            // A link whose target is an absolute path, or one that leaves the root and returns.
            if (error == LinuxCalls.EXDEV && !resolved && Beneath(path) is { } rest)
                return OpenBeneath(folder, rest, flags, resolved: true, out absence);
            absence = error;
            return LinuxCalls.IsAbsence(error) ? null : throw new IOException(Marshal.GetPInvokeErrorMessage(error));
        }
    }

    private static void WaitForLease()
    {
#pragma warning disable RS0030 // The kernel notifies only the lease holder, so there is nothing to wait for.
        Thread.Sleep(LeaseWait);
#pragma warning restore RS0030
    }

    /// <summary>Where <paramref name="path"/> leads, without links and relative to the root; null if it leads outside.</summary>
    private byte[]? Beneath(ReadOnlySpan<byte> path)
    {
        var folder = LinuxCalls.Canonical(_root);
        var target = LinuxCalls.Canonical([.. _root, (byte)'/', .. path]);
        if (folder is null || target is null)
            return null;
        if (target.AsSpan().SequenceEqual(folder))
            return [];
        ReadOnlySpan<byte> prefix = folder is [(byte)'/'] ? folder : [.. folder, (byte)'/'];
        return target.AsSpan().StartsWith(prefix) ? target[prefix.Length..] : null;
    }

    private static FileStatus Status(SafeFileHandle handle) => LinuxCalls.Status(handle, []) ?? throw Failure();

    private static IOException Failure() => new(Marshal.GetLastPInvokeErrorMessage());
}

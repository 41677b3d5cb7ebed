using System.Text;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Hosting;

/// <summary>Notices that files were replaced or rewritten, also behind links. For one caller at a time.</summary>
internal sealed class FileStamps
{
    private readonly string[] _files;
    private FileIdentity?[] _last;

    /// <param name="files">Absolute paths.</param>
    public FileStamps(params string[] files)
    {
        _files = files;
        _last = Now();
    }

    /// <summary>Whether one of them is other than at the last look.</summary>
    public bool HaveChanged()
    {
        var now = Now();
        var isSame = now.SequenceEqual(_last);
        _last = now;
        return !isSame;
    }

    private FileIdentity?[] Now() => [.. _files.Select(IdentityOf)];

    private static FileIdentity? IdentityOf(string file)
    {
        if (OperatingSystem.IsLinux() && Environment.Is64BitProcess)
            return LinuxCalls.Status(Encoding.UTF8.GetBytes(file))?.Identity;
        var info = new FileInfo(file);
        return info.Exists ? new FileIdentity(info.Length, FileIdentity.Nanoseconds(info.LastWriteTimeUtc), Inode: 0, Changed: 0) : null;
    }
}

namespace ReliableDownload.Api.Files;

/// <summary>
/// The folder that is served, as a jail: what it opens lies inside it, is a regular file or a folder, and nothing else ever comes
/// out. Two implementations: the Linux kernel's own (openat2), and a portable one. Safe for threads. What cannot be served is null;
/// what cannot be read now, though it may be there (too many open files, a broken disk), is an <see cref="IOException"/>.
/// </summary>
internal interface IWebRoot
{
    /// <summary>The file at <paramref name="path"/>, or null where there is none that may be served.</summary>
    ServedFile? OpenFile(RequestPath path);

    /// <summary>
    /// What <see cref="OpenFile"/> would open, if it is found without waiting for a disk or a network; null says nothing.
    /// </summary>
    ServedFile? OpenFileWithoutBlocking(RequestPath path);

    /// <summary>What <see cref="OpenFile"/> would open, looked at without opening it; null where there is none.</summary>
    FileIdentity? Identify(RequestPath path);

    /// <summary>Whether <see cref="OpenFolder"/> would find a folder.</summary>
    bool IsFolder(RequestPath path);

    /// <summary>The folder at <paramref name="path"/>, or null where there is none that may be served.</summary>
    IServedFolder? OpenFolder(RequestPath path);
}

namespace ReliableDownload.Api.Files;

/// <summary>
/// The folder that is served, as a jail: it only ever opens regular files and folders inside it. Two implementations: the Linux kernel's
/// own (openat2), and a portable one. Thread-safe. What cannot be served is null; what cannot be read now, though it may exist (too many
/// open files, a broken disk), is an <see cref="IOException"/>.
/// </summary>
internal interface IWebRoot
{
    /// <summary>The file at <paramref name="path"/>, or null if there is none that may be served.</summary>
    ServedFile? OpenFile(RequestPath path);

    /// <summary>
    /// What <see cref="OpenFile"/> would open, if it is found without waiting for a disk or a network; null does not mean that it does not exist.
    /// </summary>
    ServedFile? OpenFileWithoutBlocking(RequestPath path);

    /// <summary>The status of what <see cref="OpenFile"/> would open, without opening it; null if there is none.</summary>
    FileIdentity? Identify(RequestPath path);

    /// <summary>What <paramref name="path"/> stands for now, without opening it; null if nothing is there that may be served.</summary>
    FolderEntry? Describe(RequestPath path);

    /// <summary>Whether <see cref="OpenFolder"/> would find a folder.</summary>
    bool IsFolder(RequestPath path);

    /// <summary>The folder at <paramref name="path"/>, or null if there is none that may be served.</summary>
    IServedFolder? OpenFolder(RequestPath path);
}

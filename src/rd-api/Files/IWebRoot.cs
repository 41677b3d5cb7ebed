namespace ReliableDownload.Api.Files;

/// <summary>
/// The folder that is served, as a jail: what it opens lies inside it, is a regular file or a folder, and nothing else ever comes
/// out. Two implementations: the Linux kernel's own (openat2), and a portable one. Safe for threads.
/// </summary>
internal interface IWebRoot
{
    /// <summary>The file at <paramref name="path"/>, or null where there is none that may be served.</summary>
    ServedFile? OpenFile(RequestPath path);

    /// <summary>What <see cref="OpenFile"/> would open, looked at without opening it; null where there is none.</summary>
    FileIdentity? Identify(RequestPath path);
}

namespace ReliableDownload.Api.Files;

/// <summary>Chooses the strongest jail that this system can build.</summary>
internal static class WebRoot
{
    /// <param name="root">The absolute path of the folder that is served.</param>
    /// <param name="showHidden">Whether names that begin with a dot are served.</param>
    public static IWebRoot Open(string root, bool showHidden) =>
        LinuxWebRoot.IsSupported(root) ? new LinuxWebRoot(root, showHidden, TimeProvider.System) : new PortableWebRoot(root, showHidden);
}

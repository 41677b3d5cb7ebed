using Microsoft.Extensions.Logging;

namespace ReliableDownload.Api.Files;

/// <summary>Chooses the strongest jail that this system supports.</summary>
internal static class WebRoot
{
    /// <param name="options">What is served.</param>
    /// <param name="log">Receives a warning if it is not the kernel's.</param>
    public static IWebRoot Open(RdApiOptions options, ILogger? log = null) => options.OnlyFile is { } name
        ? new SingleFileRoot(Open(options.WebRoot, showHidden: true, log), name)
        : Open(options.WebRoot, options.ShowHidden, log);

    /// <param name="root">The absolute path of the folder that is served.</param>
    /// <param name="showHidden">Whether names that begin with a dot are served.</param>
    /// <param name="log">Receives a warning if it is not the kernel's.</param>
    public static IWebRoot Open(string root, bool showHidden, ILogger? log = null)
    {
        if (LinuxWebRoot.IsSupported(root))
            return new LinuxWebRoot(root, showHidden, TimeProvider.System);
        if (OperatingSystem.IsLinux())
            log?.WeakerJail();
        return new PortableWebRoot(root, showHidden);
    }
}

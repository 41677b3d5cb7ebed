using System.Runtime.InteropServices;
using System.Text;

namespace ReliableDownload.Api.Files;

/// <summary>Finds out, before anybody asks for something, whether there is anything that could be served.</summary>
internal static class RootCheck
{
    /// <param name="options">What is to be served.</param>
    /// <param name="purpose">What is done with the folder, for the sentence.</param>
    /// <returns>What is wrong and what to do, without a full stop; null if nothing is.</returns>
    public static string? Problem(RdApiOptions options, string purpose = "serve")
    {
        var choose = $"choose the folder to {purpose} with --web-root";
        var unreadable = $"this user may not read {options.ServedName}: allow it (ls -ld tells who may, also in the folders above), or {choose}";
        if (!Directory.Exists(options.WebRoot))
            return IsOutOfReach(options.WebRoot) ? unreadable : $"{options.WebRoot} is not a folder: {choose}";
        try
        {
            var root = WebRoot.Open(options);
            if (options.OnlyFile is not { } name)
                return root.Describe(RequestPath.Root) is null ? unreadable : null;
            using var file = root.OpenFile(RequestPath.Root.Child(Encoding.UTF8.GetBytes(name)));
            return file is null ? unreadable : null;
        }
        catch (IOException error)
        {
            return $"{options.ServedName} cannot be read: {error.Message.TrimEnd('.')}; {choose}";
        }
    }

    /// <summary>Whether the names in the folder can be read. Without that a client still gets a file whose name it knows, which may be intended.</summary>
    public static bool CanBeListed(IWebRoot root)
    {
        try
        {
            using var folder = root.OpenFolder(RequestPath.Root);
            return folder is not null;
        }
        catch (IOException)
        {
            // Not for want of permission; who asks for the list is told.
            return true;
        }
    }

    /// <summary>Whether it looks as if nothing were there only because this user may not look.</summary>
    public static bool IsOutOfReach(string path) =>
        OperatingSystem.IsLinux() && Environment.Is64BitProcess && LinuxCalls.Status(Encoding.UTF8.GetBytes(path)) is null && Marshal.GetLastPInvokeError() == LinuxCalls.EACCES;
}

using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace ReliableDownload.Api.Kernel;

/// <summary>The permissions of files that calls create which cannot be told them (umask(2)).</summary>
[UnsupportedOSPlatform("windows")]
internal static partial class CreationMask
{
    private const UnixFileMode All =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>
    /// Runs <paramref name="create"/> such that what it creates has <paramref name="mode"/> from the beginning. That holds for the whole process, so only while
    /// it starts.
    /// </summary>
    public static void Run(UnixFileMode mode, Action create)
    {
        var before = SetMask((uint)(All & ~mode));
        try
        {
            create();
        }
        finally
        {
            _ = SetMask(before);
        }
    }

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint SetMask(uint mask);
}

using System.Runtime.InteropServices;

namespace ReliableDownload.Tests.Support;

/// <summary>Makes what is in a folder but is no file.</summary>
internal static partial class SpecialFiles
{
    private const uint CharacterDevice = 0x2000; // S_IFCHR
    private const nuint NullDevice = (1 << 8) | 3;

    public static void CreateFifo(string path) => Assert.Equal(0, MakeFifo(path, 0b110_100_100));

    /// <summary>False where only root may do this, and the test is not root.</summary>
    public static bool TryCreateNullDevice(string path) => MakeNode(path, CharacterDevice | 0b110_100_100, NullDevice) == 0;

    /// <summary>Makes it another user's, which anybody may write to, as far as it is no link; only root may.</summary>
    public static async Task GiveAwayAsync(string path)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root gives files away");
        if (new FileInfo(path).LinkTarget is null)
            await Tool.RunAsync("/", "chmod", "a+rwX", path);
        await Tool.RunAsync("/", "chown", "--no-dereference", "1234", path);
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeFifo(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "mknod", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeNode(string path, uint mode, nuint device);
}

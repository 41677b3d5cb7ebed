using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Tests.Support;

/// <summary>A file that the tests' own process has open, as a program has it that was just forked.</summary>
internal static partial class InheritedFile
{
    public static SafeFileHandle Open(string path)
    {
        var link = Directory.GetFiles("/proc/self/fd").First(link => new FileInfo(link).LinkTarget == path);
        return Duplicate(int.Parse(Path.GetFileName(link)));
    }

    [LibraryImport("libc", EntryPoint = "dup")]
    private static partial SafeFileHandle Duplicate(int descriptor);
}

using System.Runtime.InteropServices;
using ReliableDownload.Client.Disk;

namespace ReliableDownload.Client.Trees;

/// <summary>What the disk of a tree refuses, as users are told.</summary>
internal static class TreeErrors
{
    /// <summary>The text of the last call of the system that failed.</summary>
    public static string Last => Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());

    /// <summary>The last call of the system failed for this path.</summary>
    public static DownloadFailedException Of(string path) => DiskFailure.Of(new IOException(Last, Marshal.GetLastPInvokeError()), path);

    public static DownloadFailedException Saying(string message) => new(DownloadOutcome.LocalFile, message);
}

using ReliableDownload.Api.Files;
using ReliableDownload.Api.Kernel;

namespace ReliableDownload.Api.Trees;

/// <summary>Reads a small file at once.</summary>
internal static class SmallFile
{
    /// <returns>False if the file ends before <paramref name="bytes"/> is full.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static bool TryRead(ServedFile file, Span<byte> bytes)
    {
        // What is in memory takes one call of the system; the framework's own makes two more to find out what it reads from.
        var filled = bytes.IsEmpty ? 0 : Math.Max(PageCache.TryRead(file.Handle, bytes, 0), 0);
        while (filled < bytes.Length)
        {
            var read = RandomAccess.Read(file.Handle, bytes[filled..], filled);
            if (read == 0)
                return false;
            filled += read;
        }

        return true;
    }
}

using System.IO.Pipelines;
using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Api.Files;

/// <summary>Moves the bytes of a file into a response: the one place where they are touched.</summary>
internal static class FileBody
{
    // Bytes a read. Measured on loopback from 16 KiB to 2 MiB: 512 KiB took the least time and CPU of all, half of what 64 KiB took.
    private const int ReadSize = 512 << 10;

    /// <summary>Sends bytes of <paramref name="file"/>; false where the file ended before they did.</summary>
    public static async Task<bool> SendAsync(
        PipeWriter body, SafeFileHandle file, long offset, long count, CancellationToken cancellationToken)
    {
        while (count > 0)
        {
            var wanted = (int)Math.Min(count, ReadSize);
            var read = RandomAccess.Read(file, body.GetMemory(wanted).Span[..wanted], offset);
            if (read == 0)
                return false;
            body.Advance(read);
            offset += read;
            count -= read;
            var flushed = await body.FlushAsync(cancellationToken);
            if (flushed.IsCompleted)
                break;
        }

        return true;
    }
}

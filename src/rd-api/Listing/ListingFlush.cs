using System.IO.Pipelines;
using ReliableDownload.Api.Sending;

namespace ReliableDownload.Api.Listing;

/// <summary>Sends what is written row by row, before it takes much memory.</summary>
internal static class ListingFlush
{
    /// <summary>Bytes: a response is flushed when it has buffered this much.</summary>
    public const int Size = 64 << 10;

    /// <returns>True if the client is gone.</returns>
    public static async ValueTask<bool> IsGoneAsync(PipeWriter body, CancellationToken cancellationToken)
    {
        if (body.UnflushedBytes < Size)
            return false;
        if ((await body.FlushAsync(cancellationToken)).IsCompleted)
            return true;
        await EventThread.LeaveAsync();
        return false;
    }
}

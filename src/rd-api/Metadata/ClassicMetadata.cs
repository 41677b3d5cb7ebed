using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Metadata;

/// <summary>The classic form: what is known now, at once (docs/protocol.md). The client asks again until nothing is pending.</summary>
internal static class ClassicMetadata
{
    // 80 bytes of text each: pieces of 80 KB.
    private const int BlocksPerPiece = 1024;

    // Do not make the client wait for a slow store: it asks again anyway.
    private static readonly TimeSpan LookupLimit = TimeSpan.FromSeconds(1);

    public static async Task WriteAsync(HttpContext context, FileDigests digests, RequestPath path, CancellationToken cancellationToken)
    {
        await digests.LookedUp.WaitAsync(LookupLimit, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (digests.State == DigestsState.Failed)
        {
            await new MetadataError(StatusCodes.Status503ServiceUnavailable, digests.Failure).WriteAsync(context);
            return;
        }

        var output = context.Response.BodyWriter;
        using var writer = new ClassicMetadataWriter(output);
        writer.Begin(path.Text, digests.Layout);
        for (var first = 0; first < digests.Layout.BlockCount; first += BlocksPerPiece)
        {
            var piece = new BlockRun(first, Math.Min(BlocksPerPiece, digests.Layout.BlockCount - first));
            digests.Read(table => writer.Blocks(digests.Layout, table, piece.First, piece.Count));
            await output.FlushAsync(cancellationToken);
        }

        writer.End();
        await output.FlushAsync(cancellationToken);
    }
}

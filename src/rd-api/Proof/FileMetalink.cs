using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Proof;

/// <summary>Answers with the Metalink of one file. One for all requests.</summary>
internal sealed class FileMetalink(BlockDigests blocks, WholeDigests wholes, CurrentOptions options, TimeProvider time)
{
    public async Task AnswerAsync(HttpContext context, RequestPath path, FileIdentity identity, DigestAlgorithm algorithm)
    {
        if (blocks.IsTooLarge(identity))
        {
            await TextResponse.WriteAsync(context, StatusCodes.Status500InternalServerError, "The file needs a server with a larger --block-size.\n");
            return;
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            MetalinkHead.Write(context, path);
            return;
        }

        var (limit, began) = (WaitPreference.Apply(context, options.Value.Limits), time.GetTimestamp());
        using var reader = blocks.KeyOf(path, algorithm) is { } key ? blocks.AskToRead(context, path, key) : null;
        if (reader is null || await reader.Digests.EndAsync(limit, time, context.RequestAborted) != DigestsState.Complete)
        {
            await NotKnownYet.WriteAsync(context, reader?.Digests, time.GetElapsedTime(began));
            return;
        }

        var whole = await wholes.FindAsync(path, reader.Digests.Key.Identity, context.RequestAborted);
        var urls = PublicUrl.Of(context.Request, options.Value.Mirrors, path);
        MetalinkHead.Write(context, path);
        using var writer = new MetalinkWriter(context.Response.BodyWriter);
        await writer.FileAsync(MetalinkName.OfFile(path), reader.Digests, whole, urls, context.RequestAborted);
        await writer.EndAsync(context.RequestAborted);
    }
}

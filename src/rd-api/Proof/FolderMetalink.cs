using System.Globalization;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Access;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Proof;

/// <summary>
/// Answers with one Metalink for all files below a folder: walks through them once until the digests of all are known, and once more to write them, so
/// that neither the files nor their digests are in memory together. One for all requests.
/// </summary>
internal sealed class FolderMetalink(FolderWalk walk, BlockDigests blocks, WholeDigests wholes, CurrentOptions options, TimeProvider time, AccessControl? access)
{
    public async Task AnswerAsync(HttpContext context, RequestPath folder, DigestAlgorithm algorithm)
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            MetalinkHead.Write(context, folder);
            return;
        }

        try
        {
            if (await AreKnownAsync(context, folder, algorithm))
                await WriteAsync(context, folder, algorithm);
        }
        catch (FolderWalkException refusal) when (!context.Response.HasStarted)
        {
            if (refusal.IsTemporary)
                context.Response.Headers.RetryAfter = "5";
            await TextResponse.WriteAsync(context, refusal.IsTemporary ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status403Forbidden, $"{refusal.Message}\n");
        }
        catch (FolderWalkException)
        {
            // A document that ends early is not well-formed, so nobody takes it for the whole.
            context.Abort();
        }
    }

    /// <returns>False if the time was over first, or there is no file; then the request is answered.</returns>
    private async Task<bool> AreKnownAsync(HttpContext context, RequestPath folder, DigestAlgorithm algorithm)
    {
        var (limit, began, known) = (WaitPreference.Apply(context, options.Value.Limits), time.GetTimestamp(), 0);
        var asked = new Queue<DigestReader>();
        try
        {
            await foreach (var path in walk.FilesAsync(folder, Limits.MetalinkFiles, context.RequestAborted))
            {
                if (access?.IsGranted(context, path) == false || blocks.KeyOf(path, algorithm) is not { } key)
                    continue;
                if (asked.Count == Limits.AwaitedFiles && !await IsFirstKnownAsync())
                    return false;
                if (blocks.AskToRead(context, path, key) is not { } reader)
                {
                    await NotKnownYet.WriteAsync(context, null, time.GetElapsedTime(began), Before());
                    return false;
                }

                asked.Enqueue(reader);
            }

            while (asked.Count > 0)
            {
                if (!await IsFirstKnownAsync())
                    return false;
            }

            // A Metalink has at least one file (RFC 5854, 4.1.1).
            if (known == 0)
                await TextResponse.WriteAsync(context, StatusCodes.Status404NotFound, "There is no file below this folder.\n");
            return known > 0;
        }
        finally
        {
            foreach (var reader in asked)
                reader.Dispose();
        }

        async Task<bool> IsFirstKnownAsync()
        {
            var digests = asked.Peek().Digests;
            // A file that is being changed is passed over here: the second walk finds it as it is then.
            if (await digests.EndAsync(limit - time.GetElapsedTime(began), time, context.RequestAborted) is DigestsState.Complete or DigestsState.Changed)
            {
                asked.Dequeue().Dispose();
                known++;
                return true;
            }

            await NotKnownYet.WriteAsync(context, digests, time.GetElapsedTime(began), Before());
            return false;
        }

        string Before() => string.Create(CultureInfo.InvariantCulture, $"The digests of {known} files are known. ");
    }

    private async Task WriteAsync(HttpContext context, RequestPath folder, DigestAlgorithm algorithm)
    {
        MetalinkHead.Write(context, folder);
        using var writer = new MetalinkWriter(context.Response.BodyWriter);
        await foreach (var path in walk.FilesAsync(folder, Limits.MetalinkFiles, context.RequestAborted))
        {
            if (access?.IsGranted(context, path) == false || blocks.KeyOf(path, algorithm) is not { } key)
                continue;
            using var reader = blocks.AskToRead(context, path, key);
            if (reader is null || await reader.Digests.EndAsync(options.Value.Limits.Wait, time, context.RequestAborted) != DigestsState.Complete)
            {
                context.Abort();
                return;
            }

            var whole = await wholes.FindAsync(path, reader.Digests.Key.Identity, context.RequestAborted);
            await writer.FileAsync(MetalinkName.Of(folder, path), reader.Digests, whole, PublicUrl.Of(context.Request, options.Value.Mirrors, path), context.RequestAborted);
        }

        await writer.EndAsync(context.RequestAborted);
    }
}

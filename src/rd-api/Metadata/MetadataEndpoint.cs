using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Net.Http.Headers;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Metadata;

/// <summary>
/// Answers <c>/rd/PATH</c> with the metadata of the file's blocks, in the form that the client asks for (docs/protocol.md). One for all requests.
/// </summary>
internal sealed class MetadataEndpoint(
    IWebRoot root, RdApiOptions options, FileVersions versions, HashJobs jobs, MetadataStream stream, MetadataCaching caching, Readiness readiness, IHostApplicationLifetime lifetime)
{
    public async Task AnswerAsync(HttpContext context, RequestPath path)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            await AnswerAsync(context, path, ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The client left, or the server is stopping: the missing last line tells the client to ask again.
        }
        catch (IOException error) when (!context.Response.HasStarted)
        {
            var answer = new MetadataError(StatusCodes.Status503ServiceUnavailable, $"The file cannot be read now: {error.Message}");
            await answer.WriteAsync(context);
        }
    }

    private async Task AnswerAsync(HttpContext context, RequestPath path, CancellationToken cancellationToken)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.Vary = HeaderNames.Accept;
        if (await TryAnswerAsync(context, path, cancellationToken) is { } error)
            await error.WriteAsync(context);
    }

    /// <returns>The error, if there is nothing to answer with.</returns>
    private async Task<MetadataError?> TryAnswerAsync(HttpContext context, RequestPath path, CancellationToken cancellationToken)
    {
        if (MetadataQuery.Read(context.Request, out var problem) is not { } query)
            return new MetadataError(StatusCodes.Status400BadRequest, problem);
        if (Identify(path) is not { } identity)
        {
            if (Readiness.IsAskedFor(path))
            {
                await readiness.AnswerAsync(context);
                return null;
            }

            var what = root.IsFolder(path) ? "is a folder; only files have digests" : "is not a file served here";
            return new MetadataError(StatusCodes.Status404NotFound, $"'{path}' {what}.");
        }

        await versions.FindAsync(path, identity, cancellationToken);
        if (query.Version is { } version && !versions.IsOf(version, path, identity))
            return new MetadataError(StatusCodes.Status409Conflict, $"'{path}' is no longer version {version}.");
        if (identity.Size > (long)BlockLayout.MaxBlockCount * options.BlockSize)
            return new MetadataError(StatusCodes.Status500InternalServerError, $"'{path}' needs a server with a larger --block-size.");
        if (query.From > new BlockLayout(identity.Size, options.BlockSize).BlockCount)
            return new MetadataError(StatusCodes.Status400BadRequest, $"'{path}' has no block {query.From}.");

        context.Response.ContentType = query.IsStream ? Wire.StreamMediaType : MetadataError.MediaType;
        if (HttpMethods.IsHead(context.Request.Method))
            return null;
        var key = new DigestKey(DigestKey.NameOf(options.WebRoot, path), identity, options.BlockSize, query.Algorithm);
        var client = DigestRequest.ClientOf(context.Connection.RemoteIpAddress);
        var request = new DigestRequest(key, path, client, query.IsDistrustful);
        var before = versions.Of(path, identity);
        var isDone = query.IsStream
            ? await TryStreamAsync(context, request, query, before, cancellationToken)
            : await TryClassicAsync(context, request, query, before, cancellationToken);
        return isDone ? null : new MetadataError(StatusCodes.Status503ServiceUnavailable, "Too many files are waiting for their digests.");
    }

    // Opened, not just checked: a file that may not be read has no digests.
    private FileIdentity? Identify(RequestPath path)
    {
        using var file = path.EndsWithSlash ? null : root.OpenFile(path);
        return file?.Identity;
    }

    private async Task<bool> TryStreamAsync(
        HttpContext context, DigestRequest request, MetadataQuery query, FileVersion before, CancellationToken cancellationToken)
    {
        using var reader = jobs.AskToRead(request, query.From);
        var version = Version(context, request, query, before);
        if (reader is not null && !await caching.IsKnownAsync(context, request.Path, reader.Digests, query, version, cancellationToken))
            await stream.WriteAsync(context.Response.BodyWriter, reader, request.Path, version, cancellationToken);
        return reader is not null;
    }

    private async Task<bool> TryClassicAsync(
        HttpContext context, DigestRequest request, MetadataQuery query, FileVersion before, CancellationToken cancellationToken)
    {
        var digests = jobs.Ask(request);
        var version = Version(context, request, query, before);
        if (digests is not null && !await caching.IsKnownAsync(context, request.Path, digests, query, version, cancellationToken))
            await ClassicMetadata.WriteAsync(context, digests, request.Path, cancellationToken);
        return digests is not null;
    }

    /// <summary>What an answer calls the file's version: as the client does, if it knows one.</summary>
    /// <param name="before">What it was before the digests were asked for.</param>
    private FileVersion Version(HttpContext context, DigestRequest request, MetadataQuery query, FileVersion before)
    {
        var now = versions.Renew(context, request.Path, request.Key.Identity, before);
        return query.Version ?? now;
    }
}

using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Limiting;
using ReliableDownload.Api.Metadata;
using ReliableDownload.Api.Sending;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Trees;

/// <summary>Answers <c>GET /rd/FOLDER/</c> with what is below the folder (docs/protocol.md). One for all requests.</summary>
internal sealed class TreeEndpoint(IWebRoot root, TreeStream stream)
{
    private readonly AnswerSlots _slots = new(Limits.Trees, Limits.TreesOfClient);

    public async Task AnswerAsync(HttpContext context, RequestPath path)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.Vary = HeaderNames.Accept;
        if (await TryAnswerAsync(context, path) is { } error)
            await error.WriteAsync(context);
    }

    private MetadataError Refusal(RequestPath path) => root.IsFolder(path)
        ? new MetadataError(StatusCodes.Status403Forbidden, $"The permissions of '{path}' do not allow the server to read it.")
        : new MetadataError(StatusCodes.Status404NotFound, $"'{path}' is not a folder served here.");

    /// <returns>The error, if there is nothing to answer with.</returns>
    private async Task<MetadataError?> TryAnswerAsync(HttpContext context, RequestPath path)
    {
        if (TreeQuery.Read(context.Request.Query, out var problem) is not { } query)
            return new MetadataError(StatusCodes.Status400BadRequest, problem);
        using var slot = _slots.TryTake(context);
        if (slot is null)
            return new MetadataError(StatusCodes.Status503ServiceUnavailable, "Too many folders are being listed.");
        try
        {
            if (root.OpenFolder(path) is not { } folder)
                return Refusal(path);
            using var opened = folder;
            context.Response.ContentType = Wire.StreamMediaType;
            await using var output = new TreeOutput(context);
            if (!HttpMethods.IsHead(context.Request.Method))
                await stream.WriteAsync(context, path, folder, query, output);
            return null;
        }
        catch (IOException error) when (!context.Response.HasStarted)
        {
            return new MetadataError(StatusCodes.Status503ServiceUnavailable, $"The folder cannot be read now: {error.Message}");
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client is gone; there is nobody to answer.
            return null;
        }
        finally
        {
            await EventThread.LeaveAsync();
        }
    }
}

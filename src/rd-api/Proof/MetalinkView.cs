using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Listing;
using ReliableDownload.Api.Routing;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Proof;

/// <summary><c>?meta4</c>: the Metalink of a file, or of all files below a folder (RFC 5854). One for all requests.</summary>
internal sealed class MetalinkView(IWebRoot root, FileMetalink file, FolderMetalink folder) : IView
{
    public string Name => "meta4";

    public async Task<bool> TryAnswerAsync(HttpContext context, RequestPath path, string value)
    {
        var algorithm = DigestAlgorithm.Sha256;
        if (value.Length > 0 && !DigestAlgorithms.TryParse(value, out algorithm))
        {
            await TextResponse.WriteAsync(context, StatusCodes.Status400BadRequest, "The parameter 'meta4' must be sha-256, sha-1 or empty.\n");
            return true;
        }

        if (!path.EndsWithSlash && root.IdentifyReadable(path) is { } identity)
        {
            Begin(context, path);
            await file.AnswerAsync(context, path, identity, algorithm);
            return true;
        }

        if (!root.IsFolder(path))
            return false;
        if (!path.EndsWithSlash)
        {
            FolderResponse.Redirect(context, path);
            return true;
        }

        Begin(context, path);
        await folder.AnswerAsync(context, path, algorithm);
        return true;
    }

    private static void Begin(HttpContext context, RequestPath path)
    {
        // A client that keeps the document must not give it the name of the file that it downloads next.
        var bytes = path.Bytes.Span;
        var name = PercentEncoding.Encode(bytes[(bytes.LastIndexOf((byte)'/') + 1)..]);
        context.Response.Headers.ContentDisposition = $"attachment; filename*=UTF-8''{(name.Length > 0 ? name : "files")}.meta4";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentType = MetalinkWriter.MediaType;
    }
}

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

        await folder.AnswerAsync(context, path, algorithm);
        return true;
    }
}

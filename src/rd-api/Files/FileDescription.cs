using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;

namespace ReliableDownload.Api.Files;

/// <summary>What the headers of a response say of a file, whatever is asked of it.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Identity">What it was when it was opened.</param>
/// <param name="Modified">In whole seconds, as Last-Modified tells it.</param>
internal sealed record FileDescription(RequestPath Path, FileIdentity Identity, DateTimeOffset Modified)
{
    private static readonly FileExtensionContentTypeProvider MediaTypes = new();

    public EntityTagHeaderValue Tag { get; } = new(Identity.Version.ETag);

    public string LastModified { get; } = HeaderUtilities.FormatDate(Modified);

    public string MediaType { get; } = MediaTypeOf(Path);

    private static string MediaTypeOf(RequestPath path)
    {
        if (!MediaTypes.TryGetContentType(path.Text, out var type))
            return "application/octet-stream";
        return type.StartsWith("text/", StringComparison.Ordinal) ? $"{type}; charset=utf-8" : type;
    }
}

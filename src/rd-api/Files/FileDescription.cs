using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;
using ReliableDownload.Api.Proof;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Files;

/// <summary>What a response says about a file, and what a request's conditions are compared with.</summary>
/// <param name="Target">The request target, as received.</param>
/// <param name="Path">The file's path below the root.</param>
/// <param name="Identity">Its identity when it was opened.</param>
/// <param name="Now">The time of the response.</param>
/// <param name="Link">For Link; omitted if null.</param>
/// <param name="Whole">The digest of the whole file; null if it is not known.</param>
/// <param name="ByContent">The version made of <paramref name="Whole"/>; null where versions are not, or it is not known.</param>
/// <param name="IsByContent">Whether the answer shows that one, not the one by time.</param>
internal sealed record FileDescription(
    string Target, RequestPath Path, FileIdentity Identity, DateTimeOffset Now, string? Link, byte[]? Whole, FileVersion? ByContent, bool IsByContent)
{
    private static readonly FileExtensionContentTypeProvider MediaTypes = new();

    /// <summary>Modification time, in whole seconds.</summary>
    public DateTimeOffset Modified { get; } = WholeSeconds(Identity.ModifiedAt);

    /// <summary>
    /// Whether the file changed so recently that its next change may leave size and time the same. Then clients must not rely on them, except
    /// those that compare digests: they know the version from the metadata, since <see cref="Tag"/> does not reveal it.
    /// </summary>
    public bool IsYoung { get; } = Identity.IsYoung(Now);

    /// <summary>The entity tag made from the version.</summary>
    public EntityTagHeaderValue VersionTag { get; } = new((IsByContent ? ByContent!.Value : Identity.Version).ETag);

    /// <summary>That of the version's other name; null if it has none.</summary>
    public EntityTagHeaderValue? OtherTag { get; } = ByContent is { } content ? new((IsByContent ? Identity.Version : content).ETag) : null;

    /// <summary>For ETag: <see cref="VersionTag"/>, or a weak one that never equals it while the file is young (RFC 9110, 8.8.1).</summary>
    public string Tag => IsYoung ? $"W/\"{Identity.Version}~\"" : VersionTag.Tag.ToString();

    /// <summary>
    /// For Last-Modified: no client sees the second of a modification until a further one would show in a later second, so that a date equal
    /// to <see cref="Modified"/> is a strong validator. Never later than Date (RFC 9110, 8.8.2.1).
    /// </summary>
    public string LastModified { get; } = HeaderUtilities.FormatDate(WholeSeconds(Identity.ShownModified(Now)));

    public string MediaType { get; } = MediaTypeOf(Path);

    /// <summary>For Repr-Digest; omitted if null.</summary>
    public string? ReprDigest { get; } = Whole is null ? null : DigestHeaders.Value(Whole);

    /// <summary>Whether it also describes what was opened at <paramref name="path"/> later.</summary>
    public bool IsOf(string target, RequestPath path, FileIdentity identity, DateTimeOffset now, byte[]? whole, bool isByContent) =>
        Now <= now && Whole == whole && IsByContent == isByContent && Target == target && Identity.ShownModified(Now) == Identity.ModifiedAt && Identity == identity && Path.Bytes.Span.SequenceEqual(path.Bytes.Span);

    private static DateTimeOffset WholeSeconds(DateTimeOffset time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerSecond));

    private static string MediaTypeOf(RequestPath path)
    {
        if (!MediaTypes.TryGetContentType(path.Text, out var type))
            return "application/octet-stream";
        return type.StartsWith("text/", StringComparison.Ordinal) ? $"{type}; charset=utf-8" : type;
    }
}

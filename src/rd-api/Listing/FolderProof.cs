using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Access;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Listing;

/// <summary>
/// Looks up what is known of a file's digests, in memory only: nothing is hashed because somebody looks. Tells nothing of a file that the visitor may not
/// have. One for all requests.
/// </summary>
internal sealed class FolderProof(HashJobs jobs, WholeDigests wholes, RdApiOptions options, AccessControl? access)
{
    public KnownDigests Of(HttpContext context, RequestPath folder, ReadOnlySpan<byte> name, FileIdentity identity)
    {
        // Usually the path is not needed, and there may be very many names.
        if (access is null && identity.IsOfAnyName)
            return Of(RequestPath.Root, identity);
        var file = folder.Child(name);
        return access?.IsGranted(context, file) == false ? default : Of(file, identity);
    }

    /// <param name="file">A file that the visitor may have; any path if the system numbers its files.</param>
    public KnownDigests Of(RequestPath file, FileIdentity identity)
    {
        var name = identity.IsOfAnyName ? "" : DigestKey.NameOf(options.WebRoot, file);
        var known = jobs.Peek(new DigestKey(name, identity, options.BlockSize, DigestAlgorithm.Sha256));
        return wholes.InMemory(file, identity) is { } whole ? known with { Whole = Convert.ToHexStringLower(whole) } : known;
    }
}

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

    /// <summary>Which of its blocks are hashed; null for an empty file.</summary>
    /// <param name="file">A file that the visitor may have.</param>
    public BlockPicture? PictureOf(RequestPath file, FileIdentity identity)
    {
        var blocks = new BlockLayout(identity.Size, options.BlockSize).BlockCount;
        return blocks == 0 ? null : jobs.Peek(KeyOf(file, identity), (known, _) => BlockPicture.Of(blocks, known)) ?? BlockPicture.Of(blocks, known: null);
    }

    /// <param name="file">A file that the visitor may have; any path if the system numbers its files.</param>
    public KnownDigests Of(RequestPath file, FileIdentity identity)
    {
        var known = jobs.Peek(KeyOf(file, identity));
        return wholes.InMemory(file, identity) is { } whole ? known with { Whole = Convert.ToHexStringLower(whole) } : known;
    }

    private DigestKey KeyOf(RequestPath file, FileIdentity identity) =>
        new(identity.IsOfAnyName ? "" : DigestKey.NameOf(options.WebRoot, file), identity, options.BlockSize, DigestAlgorithm.Sha256);
}

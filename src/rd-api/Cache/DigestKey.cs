using System.Text;
using ReliableDownload.Api.Files;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Cache;

/// <summary>What a set of digests belongs to: one content of one file, for one block size and algorithm.</summary>
/// <param name="BlockSize">In bytes; <see cref="WholeFile"/> for the digest of the file as a whole, which is kept like that of a single block.</param>
/// <param name="File">The file's absolute path, made by <see cref="NameOf"/>, so that two files never share a key.</param>
internal readonly record struct DigestKey(string File, FileIdentity Identity, int BlockSize, DigestAlgorithm Algorithm)
{
    /// <summary>The block size of a whole file's digest.</summary>
    public const int WholeFile = 0;

    public bool IsWhole => BlockSize == WholeFile;

    /// <summary>The key of the whole file's digest, which is always SHA-256.</summary>
    public DigestKey Whole => this with { BlockSize = WholeFile, Algorithm = DigestAlgorithm.Sha256 };

    /// <summary>How many digests belong to it.</summary>
    public int DigestCount => IsWhole ? 1 : new BlockLayout(Identity.Size, BlockSize).BlockCount;

    /// <summary>
    /// The same for all names of a file if the system identifies files: content with many names (links, folders mounted twice) is then
    /// hashed once. Valid only within this process; a store keeps the name.
    /// </summary>
    public DigestKey Content => Identity.IsOfAnyName ? this with { File = "" } : this;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The name of the file at <paramref name="path"/> below <paramref name="root"/>: its path, or <c>bytes:</c> and hex if that is not UTF-8.</summary>
    public static string NameOf(string root, RequestPath path)
    {
        var folder = root.EndsWith('/') ? root : root + '/';
        try
        {
            return folder + Strict.GetString(path.Bytes.Span);
        }
        catch (DecoderFallbackException)
        {
            return "bytes:" + Convert.ToHexStringLower([.. Encoding.UTF8.GetBytes(folder), .. path.Bytes.Span]);
        }
    }
}

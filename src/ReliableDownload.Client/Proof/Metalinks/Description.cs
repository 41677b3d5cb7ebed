using ReliableDownload.Client.Metadata;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Proof.Metalinks;

/// <summary>What a Metalink says of the file that is downloaded, and which Metalink it is.</summary>
/// <param name="Source">Which one, to be read after "of".</param>
internal sealed record Description(MetalinkFile File, string Source)
{
    /// <summary>What the digest of the whole file has to be; null where it does not say.</summary>
    public WholeDigest? Whole => File.Checksum is { } checksum ? new WholeDigest(checksum, Source) : null;

    /// <summary>What it says of the size, to be read after "says".</summary>
    public string SizeText => File.Size is { } size ? $"{size}" : $"{File.Pieces?.Count ?? 0} pieces of {File.Pieces?.Length ?? 0}";

    /// <summary>Whether it can be of a file of that size; null where the size is not known. Where it says none, its pieces do.</summary>
    public bool Fits(long? size) => size is not { } known || (File.Size is { } its ? its == known : File.Pieces is not { } pieces || pieces.Fit(known));

    /// <summary>The file with the digests of its pieces as those of blocks; null where there are none, or they do not fit the size.</summary>
    /// <param name="size">In bytes, as the server says; null where it is not known.</param>
    /// <param name="whole">What the user says that the digest of the whole file is; null where nothing.</param>
    public async Task<IFileSource?> OpenAsync(long? size, WholeDigest? whole, CancellationToken cancellationToken)
    {
        if (!Fits(size) || (File.Size ?? size) is not { } known || File.Pieces is not { } pieces || pieces.LayoutOf(known) is not { } layout)
            return null;
        // Where pieces have a digest that could be forged, and the whole has a better one, both count.
        whole ??= pieces.Algorithm == DigestAlgorithm.Sha1 && Whole is { Checksum.IsWeak: false } ? Whole : null;
        return await DigestSource.OpenAsync(pieces.Lines(File.Name, layout), owner: null, whole, Source, cancellationToken);
    }
}

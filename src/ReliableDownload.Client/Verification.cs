using ReliableDownload.Client.Disk;
using ReliableDownload.Client.Metadata;
using ReliableDownload.Client.Proof;
using ReliableDownload.Client.Transfers;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client;

/// <summary>Compares one file on disk with what proves it, without fetching it.</summary>
internal sealed class Verification(string path, DownloadOptions options, TimeProvider clock)
{
    /// <param name="from">A Metalink or a list of digests, by its name; else the URL of the file. Null for what is beside the file on disk.</param>
    /// <exception cref="DownloadFailedException">It cannot be compared.</exception>
    public async Task<VerifyResult> RunAsync(Uri? from, CancellationToken cancellationToken)
    {
        if (!FileStatus.IsRegular(path))
            throw new DownloadFailedException(DownloadOutcome.LocalFile, $"there is no file '{path}'");
        if ((from ?? BesideOf(path)) is not { } place)
            return new VerifyResult { Outcome = DownloadOutcome.Unproven, Message = "no digests are beside it (.meta4, .sha256, SHA256SUMS); say with --from where they are" };
        if (!place.IsFile && !IsProof(place))
            return await CompareWithServerAsync(place, cancellationToken);

        var session = new Session(place.IsFile ? new Uri("http://localhost/") : place, options, clock);
        var (whole, description) = await NamedProof.ReadAsync(session, $"/{Path.GetFileName(path)}", place, cancellationToken);
        if (description is not null && description.File.Size is { } size && size != new FileInfo(path).Length)
            return OfOtherSize(size) with { Description = description.File };
        await using var source = description is null ? null : await description.OpenAsync(new FileInfo(path).Length, whole: null, cancellationToken);
        return await CompareAsync(source, whole ?? description?.Whole, cancellationToken) with { Description = description?.File, Location = description?.File.Urls is [var first, ..] ? first : null };
    }

    private static Uri? BesideOf(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        string[] places = [path + ".meta4", path + ".sha256", .. ChecksumFile.ListNames.Select(name => Path.Combine(folder, name))];
        return places.FirstOrDefault(File.Exists) is { } found ? new UriBuilder("file", "") { Path = Uri.EscapeDataString(found).Replace("%2F", "/", StringComparison.Ordinal) }.Uri : null;
    }

    private static bool IsProof(Uri url) =>
        Path.GetExtension(url.AbsolutePath) is ".meta4" or ".metalink" or ".sha256" or ".sha512" or ".sha1" or ".md5" || ChecksumFile.ListNames.Contains(url.Segments[^1], StringComparer.OrdinalIgnoreCase)
        || url.Query.TrimStart('?').Split('&').Contains("meta4", StringComparer.Ordinal);

    private async Task<VerifyResult> CompareWithServerAsync(Uri url, CancellationToken cancellationToken)
    {
        var session = new Session(url, options, clock);
        await using var source = await new FileSources(session, manifestPath: "", Journal.Content.None, isDistrustful: false).ChooseAsync(null, mustFit: false, cancellationToken);
        if (source.Validator.Size is { } size && size != new FileInfo(path).Length)
            return OfOtherSize(size) with { Location = url };
        var whole = source.Whole is { } known ? await known.WaitAsync(cancellationToken) : null;
        return await CompareAsync(source.HasDigests ? source : null, whole, cancellationToken) with { Location = url };
    }

    private VerifyResult OfOtherSize(long size) =>
        new() { Outcome = DownloadOutcome.NotProven, Message = $"it has {new FileInfo(path).Length} bytes and should have {size}" };

    private async Task<VerifyResult> CompareAsync(IFileSource? blocks, WholeDigest? whole, CancellationToken cancellationToken)
    {
        var proof = "";
        if (blocks is not null)
        {
            var wrong = await BlockComparison.DifferencesAsync(path, blocks, endsWithFirst: false, cancellationToken)
                ?? throw new DownloadFailedException(DownloadOutcome.KeptChanging, "the file changed on the server meanwhile; try again");
            proof = $"{blocks.File.Algorithm.DisplayName} of {blocks.ToldBy ?? "the server"}";
            if (wrong.Count > 0)
            {
                return new VerifyResult
                {
                    Outcome = DownloadOutcome.NotProven,
                    Message = $"{wrong.Sum(range => range.Length)} bytes in {wrong.Count} {(wrong.Count == 1 ? "range" : "ranges")} are not what {proof} says",
                    Differences = [.. wrong.Select(range => (range.Offset, range.Length))],
                };
            }

            whole = blocks.Whole is { } besides ? await besides.WaitAsync(cancellationToken) : null;
            if (whole is null)
                return new VerifyResult { Outcome = DownloadOutcome.AlreadyComplete, Proof = proof };
            proof += " and ";
        }

        if (whole is null)
            return new VerifyResult { Outcome = DownloadOutcome.Unproven, Message = "no digest of it is known" };
        var checksum = await TargetCheck.ChecksumOfAsync(path, whole.Checksum.Algorithm, cancellationToken);
        return checksum == whole.Checksum
            ? new VerifyResult { Outcome = DownloadOutcome.AlreadyComplete, Proof = $"{proof}{checksum.DisplayName} of {whole.Source ?? "the given checksum"}" }
            : new VerifyResult { Outcome = DownloadOutcome.NotProven, Message = $"it has {whole.Instead(checksum)}" };
    }
}

using ReliableDownload.Client.Disk;
using ReliableDownload.Client.Metadata;
using ReliableDownload.Client.Proof;
using ReliableDownload.Client.Proof.Metalinks;
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
        if (from is not null && !IsProof(from))
            return await CompareWithServerAsync(from, cancellationToken);
        string? problem = null;
        foreach (var place in from is null ? Beside() : [from])
        {
            try
            {
                return await CompareWithProofAsync(place, cancellationToken);
            }
            catch (DownloadFailedException nothing) when (nothing.Outcome == DownloadOutcome.Unproven)
            {
                problem ??= nothing.Message;
            }
        }

        return new VerifyResult { Outcome = DownloadOutcome.Unproven, Message = problem ?? "no digests are beside it (.meta4, .sha256, SHA256SUMS); say with --from where they are" };
    }

    /// <summary>Whether a Metalink or a list of digests is there, by its name, and not the file itself.</summary>
    public static bool IsProof(Uri place) =>
        place.IsFile
        || Path.GetExtension(place.AbsolutePath) is ".meta4" or ".metalink" or ".sha256" or ".sha512" or ".sha1" or ".md5" || ChecksumFile.ListNames.Contains(place.Segments[^1], StringComparer.OrdinalIgnoreCase)
        || place.Query.TrimStart('?').Split('&').Any(part => part.Split('=')[0] == "meta4");

    private IEnumerable<Uri> Beside()
    {
        var folder = Path.GetDirectoryName(path)!;
        string[] places = [path + ".meta4", path + ".sha256", .. ChecksumFile.ListNames.Select(name => Path.Combine(folder, name))];
        return places.Where(File.Exists).Select(found => new UriBuilder("file", "") { Path = Uri.EscapeDataString(found).Replace("%2F", "/", StringComparison.Ordinal) }.Uri);
    }

    private async Task<VerifyResult> CompareWithProofAsync(Uri place, CancellationToken cancellationToken)
    {
        var session = new Session(place.IsFile ? new Uri("http://localhost/") : place, options, clock);
        var (whole, description) = await NamedProof.ReadAsync(session, path.Replace(Path.DirectorySeparatorChar, '/'), place, cancellationToken);
        return await CompareAsync(whole, description, cancellationToken) with { Description = description?.File, Location = description?.File.Urls is [var first, ..] ? first : null };
    }

    private async Task<VerifyResult> CompareAsync(WholeDigest? whole, Description? description, CancellationToken cancellationToken)
    {
        if (description?.Fits(Length) == false)
            return OfOtherSize(description.SizeText);
        await using var source = description is null ? null : await description.OpenAsync(Length, whole: null, cancellationToken);
        return await CompareAsync(source, whole ?? description?.Whole, cancellationToken);
    }

    private async Task<VerifyResult> CompareWithServerAsync(Uri url, CancellationToken cancellationToken)
    {
        var session = new Session(url, options, clock);
        await using var source = await new FileSources(session, manifestPath: "", Journal.Content.None, isDistrustful: false).ChooseAsync(null, mustFit: false, cancellationToken);
        if (source.Validator.Size is { } size && size != Length)
            return OfOtherSize($"{size}") with { Location = url };
        var whole = source.Whole is { } known ? await known.WaitAsync(cancellationToken) : null;
        return await CompareAsync(source.HasDigests ? source : null, whole, cancellationToken) with { Location = url };
    }

    private long Length => FileStatus.Followed(path).Length;

    private VerifyResult OfOtherSize(string size) => new() { Outcome = DownloadOutcome.NotProven, Message = $"it has {Length} bytes and should have {size}" };

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

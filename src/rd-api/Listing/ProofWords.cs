using System.Globalization;
using ReliableDownload.Api.Hashing;

namespace ReliableDownload.Api.Listing;

/// <summary>What the server can prove of a file, in words.</summary>
internal static class ProofWords
{
    // Hex digits: enough to compare by eye.
    private const int ShortDigest = 12;

    public static string Of(KnownDigests digests) => digests switch
    {
        { Whole: { } whole } => $"SHA-256 {whole[..ShortDigest]}…",
        { IsComplete: true } => $"{Figures.Count(digests.Count, "digest", "digests")}",
        { IsInProgress: true } => string.Create(CultureInfo.InvariantCulture, $"hashing {100L * digests.Known / Math.Max(1, digests.Count)} %"),
        _ => "not yet",
    };

    /// <summary>The same as a cell of a table.</summary>
    public static string Cell(KnownDigests digests)
    {
        var title = digests switch
        {
            { Whole: { } whole } => $"SHA-256 {whole}",
            { IsComplete: true } => "The digests of all blocks are known: rd proves each as it arrives",
            { IsInProgress: true } => "The digests are being calculated",
            _ => "Its digests are calculated when somebody downloads it with rd",
        };
        return $"<td class=\"p{(digests.Whole is not null || digests.IsComplete ? " ok" : "")}\" title=\"{title}\">{Of(digests)}</td>";
    }
}

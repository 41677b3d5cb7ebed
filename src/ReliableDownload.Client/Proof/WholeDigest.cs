namespace ReliableDownload.Client.Proof;

/// <summary>The digest that a whole file has to have, and who says so.</summary>
/// <param name="Source">Who says so, to be read after "of"; null where it was the user.</param>
internal sealed record WholeDigest(Checksum Checksum, string? Source)
{
    /// <summary>What is wrong with a file that has another one, to be read after "has".</summary>
    public string Instead(Checksum its) => $"{its.DisplayName} {its.Hex}, not {Checksum.Hex} as {(Source is { } by ? $"{by} says" : "it should have")}";

    /// <summary>The better one of two; null where neither is known.</summary>
    public static WholeDigest? Better(WholeDigest? one, WholeDigest? other) =>
        one is null || (other is not null && other.Checksum.Rank < one.Checksum.Rank) ? other : one;

    /// <summary>The best of several; null where there are none.</summary>
    public static WholeDigest? Best(IEnumerable<Checksum> digests, string? source) =>
        digests.MinBy(digest => digest.Rank) is { } best ? new WholeDigest(best, source) : null;
}

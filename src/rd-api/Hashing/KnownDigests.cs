namespace ReliableDownload.Api.Hashing;

/// <summary>What is known of a content's digests, for somebody who only looks.</summary>
/// <param name="Known">How many digests are known.</param>
/// <param name="Count">How many there are.</param>
/// <param name="IsInProgress">Whether the others are being calculated, or wait for it.</param>
/// <param name="Whole">The SHA-256 of the file as a whole, in hex; null if it is not known.</param>
internal readonly record struct KnownDigests(int Known, int Count, bool IsInProgress, string? Whole)
{
    public bool IsComplete => Count > 0 && Known == Count;
}

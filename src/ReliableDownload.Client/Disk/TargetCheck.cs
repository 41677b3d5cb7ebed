using System.Security.Cryptography;
using ReliableDownload.Client.Metadata;
using ReliableDownload.Client.Network;
using ReliableDownload.Client.Transfers;

namespace ReliableDownload.Client.Disk;

/// <summary>Compares a file that is there already with what is known of the server's.</summary>
internal static class TargetCheck
{
    /// <returns>
    /// <see cref="DownloadOutcome.AlreadyComplete"/> where digests or the checksum prove it, <see cref="DownloadOutcome.Unproven"/> where it only has the
    /// size and time that the server tells, <see cref="DownloadOutcome.NotProven"/> where digests prove that it is the server's file, but that has another checksum, else
    /// <see cref="DownloadOutcome.TargetExists"/>; and the checksum where it was calculated.
    /// </returns>
    public static async Task<(DownloadOutcome Outcome, Checksum? Checksum)> CompareAsync(string path, IFileSource source, CancellationToken cancellationToken)
    {
        var file = FileStatus.Followed(path);
        if (source.Validator.Size is { } size && file.Length != size)
            return (DownloadOutcome.TargetExists, null);
        if (source.HasDigests && await BlockComparison.DifferencesAsync(path, source, endsWithFirst: true, cancellationToken) is not { Count: 0 })
            return (DownloadOutcome.TargetExists, null);
        if (source.Whole is { } whole && await whole.WaitAsync(cancellationToken) is { Checksum: var wanted })
        {
            var checksum = await ChecksumOfAsync(path, wanted.Algorithm, cancellationToken);
            return (checksum == wanted ? DownloadOutcome.AlreadyComplete : source.HasDigests ? DownloadOutcome.NotProven : DownloadOutcome.TargetExists, checksum);
        }

        if (source.HasDigests)
            return (DownloadOutcome.AlreadyComplete, null);
        return (IsOfTime(file, source.Validator) ? DownloadOutcome.Unproven : DownloadOutcome.TargetExists, null);
    }

    private static bool IsOfTime(FileInfo file, Validator validator) =>
        validator is { Size: not null, Modified: { } modified } && new DateTimeOffset(file.LastWriteTimeUtc).ToUnixTimeSeconds() == modified.ToUnixTimeSeconds();

    /// <summary>The digest of a whole file.</summary>
    public static async Task<Checksum> ChecksumOfAsync(string path, HashAlgorithmName algorithm, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1, useAsync: true);
        using var hash = new RunningHash(algorithm);
        var slice = new byte[BlockHash.SliceSize];
        while (await file.ReadAsync(slice, cancellationToken) is > 0 and var count)
            hash.Append(slice.AsSpan(0, count));
        return hash.Finish();
    }
}

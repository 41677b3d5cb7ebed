using ReliableDownload.Client.Metadata;

namespace ReliableDownload.Client.Proof;

/// <summary>Whether something will prove a file, where the user wants no other.</summary>
internal static class RequiredProof
{
    /// <exception cref="DownloadFailedException">Nothing will prove the file, and <see cref="DownloadOptions.RequireProof"/> is set.</exception>
    public static async Task CheckAsync(DownloadOptions options, IFileSource source, CancellationToken cancellationToken)
    {
        if (options.RequireProof && !source.HasDigests && (source.Whole is null || await source.Whole.WaitAsync(cancellationToken) is null))
            throw new DownloadFailedException(DownloadOutcome.NotProven, "the server gives no digests, and a file that nothing proves was not wanted; nothing was fetched") { IsFinal = true };
    }
}

using System.Text;
using ReliableDownload.Client.Disk;
using ReliableDownload.Client.Proof.Metalinks;
using ReliableDownload.Client.Transfers;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Proof;

/// <summary>Reads what the user named as the proof of a file: a Metalink, or a list of digests as sha256sum writes it; on disk or at a URL.</summary>
internal static class NamedProof
{
    private const int MaxBlank = 1024;

    /// <param name="path">The file's path, as far as it is known, with slashes.</param>
    /// <param name="place">Where the proof is.</param>
    /// <exception cref="DownloadFailedException">It cannot be read, or says nothing of the file: that is <see cref="DownloadOutcome.Unproven"/>.</exception>
    public static async Task<(WholeDigest? Whole, Description? Description)> ReadAsync(Session session, string path, Uri place, CancellationToken cancellationToken)
    {
        var shown = place.IsFile ? place.LocalPath : place.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
        var found = place.IsFile ? await ReadFileAsync(session, path, shown, cancellationToken) : await ReadUrlAsync(session, path, place, shown, cancellationToken);
        return found is null || (found.Value.Whole is null && found.Value.Description is null)
            ? throw new DownloadFailedException(DownloadOutcome.Unproven, $"'{shown}' has no digest of '{NameOf(path)}'")
            : found.Value;
    }

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static async Task<(WholeDigest? Whole, Description? Description)?> ReadFileAsync(Session session, string path, string list, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = File.OpenRead(list);
            return await ReadAsync(session, path, file, Path.GetFileName(list), list, cancellationToken);
        }
        catch (Exception error) when (DiskFailure.Is(error))
        {
            var reason = error is FileNotFoundException or DirectoryNotFoundException ? "does not exist" : $"cannot be read: {error.Message}";
            throw new DownloadFailedException(DownloadOutcome.LocalFile, $"'{list}' {reason}") { IsFinal = true };
        }
    }

    private static async Task<(WholeDigest? Whole, Description? Description)?> ReadUrlAsync(Session session, string path, Uri url, string shown, CancellationToken cancellationToken)
    {
        using var files = new SmallFile(session, isNamed: true);
        var name = Uri.UnescapeDataString(url.Segments[^1]);
        var found = await files.ReadAsync<object>(url, async (_, body, token) => await ReadAsync(session, path, body, name, shown, token), cancellationToken);
        return files.Failure is { } failure
            ? throw new DownloadFailedException(failure.Outcome, $"'{shown}' cannot be read: {failure.Message}") { IsFinal = true }
            : ((WholeDigest?, Description?)?)found;
    }

    private static async Task<(WholeDigest? Whole, Description? Description)> ReadAsync(Session session, string path, Stream stream, string source, string shown, CancellationToken cancellationToken)
    {
        var begin = new byte[MaxBlank];
        var length = await stream.ReadAtLeastAsync(begin, begin.Length, throwOnEndOfStream: false, cancellationToken);
        await using var all = new ReplayedStream(begin.AsMemory(0, length), stream);
        if (!Encoding.UTF8.GetString(begin, 0, length).TrimStart('\uFEFF', ' ', '\t', '\r', '\n').StartsWith('<'))
        {
            // By its name it is about a folder: then the only line is not of whatever file.
            var isOfOne = !session.Options.IsProofOfSeveral && !ChecksumFile.ListNames.Contains(source, StringComparer.OrdinalIgnoreCase);
            return (await ChecksumFile.FindAsync(all, NameOf(path), isOfOne, cancellationToken) is { } checksum ? new WholeDigest(checksum, source) : null, null);
        }

        try
        {
            return (null, DescriptionOf(session, path, await MetalinkReader.ReadAsync(all, cancellationToken), source));
        }
        catch (ProtocolException error)
        {
            throw new DownloadFailedException(DownloadOutcome.Unproven, $"'{shown}': {error.Message}");
        }
    }

    private static Description? DescriptionOf(Session session, string path, Metalink metalink, string source)
    {
        // A URL such as /download?id=5 has another name than its file.
        if ((NamedFile.Of(metalink, path) ?? (session.Options.IsProofOfSeveral ? null : metalink.Files is [var only] ? only : null)) is not { } file
            || file is { Checksum: null, Pieces: null })
        {
            return null;
        }

        if (file.Urls.Count == 0 || NamedFile.IsSure(metalink, file, path))
            return new Description(file, source);
        // Its own places would bring just what it says, and so prove another file than the one that is wanted.
        session.Options.Tell($"{source} is about '{file.Name}', which may be another file: its digests count, but nothing is fetched from the places that it names");
        return new Description(file with { Urls = [] }, source);
    }
}

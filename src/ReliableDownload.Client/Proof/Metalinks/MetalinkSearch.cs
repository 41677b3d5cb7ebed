using ReliableDownload.Client.Network;
using ReliableDownload.Client.Transfers;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Proof.Metalinks;

/// <summary>Looks for a Metalink of the file that is downloaded: where its server says that one is, or beside it.</summary>
internal static class MetalinkSearch
{
    /// <param name="answer">What the server said of the file.</param>
    /// <returns>Null where there is none, or it is about other files.</returns>
    public static async Task<Description?> FindAsync(Session session, FileAnswer answer, CancellationToken cancellationToken)
    {
        var given = session.Place.Given;
        var (url, source) = answer.Metalink is { } told
            ? (told, "the server's Metalink")
            : (new UriBuilder(given) { Path = given.AbsolutePath + ".meta4", Fragment = "" }.Uri, $"{Path.GetFileName(Uri.UnescapeDataString(given.AbsolutePath))}.meta4 beside it");
        using var files = new SmallFile(session, isNamed: answer.IsMetalink);
        var metalink = await files.ReadAsync(url, (_, body, token) => TryReadAsync(session, body, token), cancellationToken);
        return metalink is not null && FileOf(metalink, Uri.UnescapeDataString(given.AbsolutePath)) is { } file ? new Description(file, source) : null;
    }

    private static async Task<Metalink?> TryReadAsync(Session session, Stream body, CancellationToken cancellationToken)
    {
        try
        {
            return await MetalinkReader.ReadAsync(body, cancellationToken);
        }
        catch (ProtocolException error)
        {
            session.Options.TellDetail(error.Message);
            return null;
        }
    }

    // The server calls it this file's Metalink: then the only file in it is this one, whatever its name.
    private static MetalinkFile? FileOf(Metalink metalink, string path) => metalink.Files is [var only] ? only : NamedFile.Of(metalink, path);
}

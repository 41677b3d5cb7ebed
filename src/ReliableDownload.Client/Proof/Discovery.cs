using ReliableDownload.Client.Network;
using ReliableDownload.Client.Transfers;

namespace ReliableDownload.Client.Proof;

/// <summary>
/// Looks for the digest of a file for which nothing better is known: in the heads of its server's answers, then in the files that people
/// put beside a download. It goes on beside the transfer, asks for one file after the other, and ends with the first strong digest.
/// </summary>
internal sealed class Discovery : IDisposable
{
    // The answer to a request that has the wish comes within a round trip; but perhaps all is on disk, and there is none.
    private static readonly TimeSpan MaxWishTime = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stop = new();
    private readonly Session _session;

    /// <param name="answer">What the server said of the file.</param>
    public Discovery(Session session, FileAnswer answer)
    {
        _session = session;
        Digest = FindAsync(answer, _stop.Token);
    }

    /// <summary>What the transfer's own requests may ask for.</summary>
    public DigestWish Wish { get; } = new();

    /// <summary>What the digest of the whole file has to be; null where nobody tells.</summary>
    public Task<WholeDigest?> Digest { get; }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    /// <summary>The files that may have the digest of the file at <paramref name="url"/>, the likeliest first, and whether they are about it alone.</summary>
    private static IEnumerable<(Uri Url, bool IsOfOne)> Places(Uri url)
    {
        yield return (new UriBuilder(url) { Path = url.AbsolutePath + ".sha256", Fragment = "" }.Uri, true);
        var folder = url.AbsolutePath[..(url.AbsolutePath.LastIndexOf('/') + 1)];
        foreach (var name in ChecksumFile.ListNames)
            yield return (new UriBuilder(url) { Path = folder + name, Fragment = "" }.Uri, false);
    }

    private async Task<WholeDigest?> FindAsync(FileAnswer answer, CancellationToken cancellationToken)
    {
        var told = answer.Whole;
        if (told is { Checksum.IsWeak: false })
            return told;
        var best = told;
        var given = _session.Place.Given;
        var name = Uri.UnescapeDataString(given.AbsolutePath[(given.AbsolutePath.LastIndexOf('/') + 1)..]);
        using var files = new SmallFile(_session);
        foreach (var (url, isOfOne) in Places(given))
        {
            best = WholeDigest.Better(best, Wish.Told);
            if (best is { Checksum.IsWeak: false })
                break;
            var found = await files.ReadAsync(url, (_, body, token) => ChecksumFile.FindAsync(body, name, isOfOne, token), cancellationToken);
            if (found is not null)
                best = WholeDigest.Better(best, new WholeDigest(found, $"{Path.GetFileName(url.AbsolutePath)} beside it"));
        }

        if (best is null or { Checksum.IsWeak: true } && answer.TakesRanges && answer.Validator.Size > HeadStart.UsualLength)
            await Task.WhenAny(Wish.Answer, Task.Delay(MaxWishTime, _session.Clock, cancellationToken));
        best = WholeDigest.Better(best, Wish.Told);
        if (best is not null)
            _session.Options.TellDetail($"the file should have {best.Checksum.DisplayName} {best.Checksum.Hex}, by {best.Source}");
        return best;
    }
}

using System.Net.Http.Headers;

namespace ReliableDownload.Client.Proof;

/// <summary>
/// The wish that a server tell the digest of the whole file (RFC 9530, 4; RFC 3230, 4.3.1): some know it and tell only who asks. Said once, with a request that
/// is sent anyway, since other servers calculate it each time. Safe for threads.
/// </summary>
internal sealed class DigestWish
{
    private readonly TaskCompletionSource<WholeDigest?> _told = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isSaid;

    /// <summary>What the answer said, once it is there; perhaps never.</summary>
    public Task<WholeDigest?> Answer => _told.Task;

    /// <summary>What the answer said; null where nothing, or it has not come.</summary>
    public WholeDigest? Told => _told.Task.IsCompleted ? _told.Task.GetAwaiter().GetResult() : null;

    /// <summary>Adds the wish to a request, unless it was said before.</summary>
    public bool AddTo(HttpRequestHeaders headers)
    {
        if (Interlocked.Exchange(ref _isSaid, 1) == 1)
            return false;
        headers.TryAddWithoutValidation("Want-Repr-Digest", "sha-256=10, sha-512=9, md5=1");
        headers.TryAddWithoutValidation("Want-Digest", "SHA-256, SHA-512;q=0.9, MD5;q=0.1");
        return true;
    }

    /// <summary>No request will be sent that could have it, so nobody need wait for the answer.</summary>
    public void Withdraw() => _told.TrySetResult(null);

    /// <summary>Reads the answer to the request that had it; null where what came was not the file's, so that the next request has to say it again.</summary>
    public void Take(HttpResponseMessage? answer)
    {
        if (answer is null)
            Volatile.Write(ref _isSaid, 0);
        else
            _told.TrySetResult(HeaderDigests.Of(answer));
    }
}

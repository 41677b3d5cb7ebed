using ReliableDownload.Client.Transfers;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Metadata;

/// <summary>
/// How far the server is with its digests, and how long it has told nothing new while they are pending: a server that was stopped in the middle
/// of hashing says "pending" for ever. One reader.
/// </summary>
internal sealed class ServerHashing(Session session)
{
    private int _mostTold;
    private int _told;
    private int _pending;
    private long _hashed;
    private long _since;

    /// <summary>A new answer begins; the digests of the blocks before <paramref name="first"/> were told by earlier ones.</summary>
    public void BeginAnswer(int first) => _told = first;

    /// <summary>Takes a line that tells of <paramref name="count"/> digests.</summary>
    /// <returns>Whether there are more than any answer told before.</returns>
    public bool Take(int first, int count)
    {
        if (first <= _pending)
            _pending = Math.Max(_pending, first + count);
        _told += count;
        var isNews = _told > _mostTold;
        _mostTold = Math.Max(_mostTold, _told);
        return isNews && End();
    }

    /// <summary>Takes a line that tells how many blocks the server has hashed.</summary>
    /// <returns>Whether they are more than before.</returns>
    public bool Take(StreamLine.Wait wait)
    {
        var isNews = wait.Hashed > _hashed;
        _hashed = Math.Max(_hashed, wait.Hashed);
        return isNews && End();
    }

    /// <summary>The server was asked, or said that it is there, and nothing is new.</summary>
    /// <exception cref="DownloadFailedException">For longer than the options allow, and no bytes came either.</exception>
    public void GoOn()
    {
        session.PendingBlock = _pending;
        if (_since == 0)
            _since = session.Clock.GetTimestamp();
        var limit = session.Options.MaxOutage;
        if (limit > TimeSpan.Zero && session.Line.Silence >= limit && session.Clock.GetElapsedTime(_since) >= limit)
            throw new DownloadFailedException(
                DownloadOutcome.Network, $"the server has not hashed block {_pending} within {limit.TotalSeconds:0.###} s; what was fetched is kept, run the same command again later");
    }

    private bool End()
    {
        _since = 0;
        session.PendingBlock = null;
        return true;
    }
}

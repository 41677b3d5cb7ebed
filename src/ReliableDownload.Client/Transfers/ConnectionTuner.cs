using ReliableDownload.Client.Blocks;

namespace ReliableDownload.Client.Transfers;

/// <summary>
/// How many connections a download uses: a fixed number, or as many as it gains by. It looks at what all of them bring together: twice as
/// many as long as that gains clearly, then the best number, with a look at its neighbours now and then. One thread looks, all ask.
/// </summary>
internal sealed class ConnectionTuner
{
    // Near a server four connections fill any line; over a distance each one's loss and start-up weigh, so that eight did better (measured,
    // bench/badline). Where a question takes seconds, so many fill the line's queue before any of them can know.
    private const int StartNear = 4;
    private const int Start = 8;
    private static readonly TimeSpan Near = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan FarAway = TimeSpan.FromMilliseconds(500);

    private const double ClearGain = 1.4;
    private static readonly TimeSpan MinLookInterval = TimeSpan.FromMilliseconds(300);
    private const int LookRoundTrips = 5;

    // Half a minute at least after a server said that it is too much.
    private const int RestLooks = 100;

    private readonly int _max;
    private readonly bool _isFixed;
    private readonly TimeSpan _lookInterval;
    private int _wanted;
    private int _best;
    private double _bestRate;
    private bool _isSettled;
    private bool _isOverloaded;
    private int _restLooks;

    /// <param name="connections">The number that was asked for; null to find the best.</param>
    /// <param name="roundTrip">From a question to its answer, as far as it is known.</param>
    public ConnectionTuner(int? connections, TimeSpan roundTrip)
    {
        _isFixed = connections is not null;
        _max = connections ?? DownloadOptions.MaxAutomaticConnections;
        _wanted = connections ?? (roundTrip < Near || roundTrip > FarAway ? StartNear : Start);
        _best = _wanted;
        _lookInterval = LookRoundTrips * roundTrip > MinLookInterval ? LookRoundTrips * roundTrip : MinLookInterval;
    }

    /// <summary>How many connections may work now.</summary>
    public int Wanted => Volatile.Read(ref _wanted);

    /// <summary>How many there may ever be.</summary>
    public int Max => _max;

    /// <summary>The server has too much to do. At the next look the number is halved, once for all that say so meanwhile, and grows again only after a while.</summary>
    public void Overloaded() => Volatile.Write(ref _isOverloaded, true);

    /// <summary>Looks until the transfer ends.</summary>
    public void Run(Transfer transfer, Scheduler scheduler, Session session)
    {
        // In the first moments connections are made and get up to speed.
        if (!_isFixed)
            transfer.Ended.WaitHandle.WaitOne(_lookInterval);
        var before = session.Counters.BytesFetched;
        var since = session.Clock.GetTimestamp();
        while (!_isFixed && !transfer.Ended.WaitHandle.WaitOne(_lookInterval))
        {
            var (bytes, now) = (session.Counters.BytesFetched, session.Clock.GetTimestamp());
            var rate = (bytes - before) / session.Clock.GetElapsedTime(since, now).TotalSeconds;
            var had = Wanted;
            if (Learn(rate, session.Line.Trouble is not null))
            {
                session.Options.TellDetail($"{Wanted} connections from now on; {had} brought {rate / 1e6:0.00} MB/s");
                scheduler.Wake();
            }

            (before, since) = (bytes, now);
        }
    }

    /// <summary>Takes in what came in the last interval with <see cref="Wanted"/> connections.</summary>
    /// <param name="rate">Bytes a second.</param>
    /// <param name="isTroubled">Whether the line is gone just now, so that the rate says nothing.</param>
    /// <returns>Whether the number changed.</returns>
    internal bool Learn(double rate, bool isTroubled)
    {
        if (Interlocked.Exchange(ref _isOverloaded, false))
        {
            (_restLooks, _isSettled, _bestRate) = (RestLooks, false, 0);
            return Set(_best = Math.Max(1, Wanted / 2));
        }

        if (isTroubled || _isSettled || rate == 0 || --_restLooks > 0)
            return false;
        if (rate > _bestRate * ClearGain)
        {
            (_best, _bestRate) = (Wanted, rate);
            return Set(Math.Min(_max, Wanted * 2));
        }

        _isSettled = true;
        return Set(_best);
    }

    private bool Set(int wanted)
    {
        var isNew = wanted != Wanted;
        Volatile.Write(ref _wanted, wanted);
        return isNew;
    }
}

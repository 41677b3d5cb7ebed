namespace ReliableDownload.Client.Transfers;

/// <summary>
/// How many connections a download uses: a fixed number, or as many as it gains by. It looks at what all of them bring together: twice as
/// many as long as that gains clearly; then now and then it tries half as many, which should bring less, and twice as many, which should
/// bring more. One thread looks, all ask.
/// </summary>
internal sealed class ConnectionTuner
{
    // Near a server few connections fill any line, and more than processors are in each other's way: with two processors, two took a tenth
    // less time for a GiB than four. Over a distance each one's loss and start-up weigh, so that eight did better (measured, bench/badline).
    private static readonly int StartNear = Math.Clamp(Environment.ProcessorCount, 2, 4);
    private const int Start = 8;

    /// <summary>The round trip to a server that is near: waiting for it costs nothing.</summary>
    public static readonly TimeSpan Near = TimeSpan.FromMilliseconds(5);

    // Growing, the earlier rate is that of connections which have just begun.
    private const double ClearGain = 1.4;
    // Bytes a second, 10 Gbit/s. One connection can do as much; so it is not the line that holds back what is faster.
    private const double MoreThanLines = 1.25e9;

    private const double TrialGain = 1.2;
    private const double TrialLoss = 0.95;

    // Rates of single looks differ by a fifth on a lossy line.
    private const int TrialLooks = 5;
    private const int FirstPatience = 30;
    private const int MaxPatience = 1000;
    private const double NewestWeight = 0.2;

    // Near a server one look is soon enough: there more connections gain seldom, and making them costs a fast download more.
    private static readonly TimeSpan MinLookInterval = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan NearLookInterval = TimeSpan.FromMilliseconds(300);
    private const int LookRoundTrips = 3;

    // Half a minute at least after a server said that it is too much.
    private const int RestLooks = 200;

    // So near to a limit that the user set it is not the line that holds back what comes.
    private const double AlmostLimit = 0.9;

    private enum Phase
    {
        Growing,
        Settled,
        Trying,
    }

    private readonly int _max;
    private readonly bool _isFixed;
    private readonly RateLimit? _limit;
    private readonly TimeSpan _lookInterval;
    private int _wanted;
    private int _best;
    private double _bestRate;
    private volatile Phase _phase;
    private bool _isFresh;
    private bool _isOverloaded;
    private int _restLooks;
    private int _looks;
    private int _patience = FirstPatience;
    private double _triedRates;
    private bool _triesMore = true;

    /// <param name="connections">The number that was asked for; null to find the best.</param>
    /// <param name="roundTrip">From a question to its answer, as far as it is known.</param>
    /// <param name="limit">What the user allows; null for no limit.</param>
    /// <param name="mirrors">How many places have the file: each should be tried at once.</param>
    public ConnectionTuner(int? connections, TimeSpan roundTrip, RateLimit? limit = null, int mirrors = 1)
    {
        _isFixed = connections is not null;
        _max = connections ?? Math.Min(DownloadOptions.MaxAutomaticConnections, limit?.MaxConnections ?? int.MaxValue);
        _wanted = Math.Clamp(mirrors, Math.Min(_max, FirstNumber(connections, roundTrip, limit)), _max);
        _limit = limit;
        _best = _wanted;
        _lookInterval = roundTrip < Near ? NearLookInterval
            : LookRoundTrips * roundTrip > MinLookInterval ? LookRoundTrips * roundTrip
            : MinLookInterval;
    }

    /// <summary>With how many connections a download begins.</summary>
    public static int FirstNumber(int? connections, TimeSpan roundTrip, RateLimit? limit) =>
        connections ?? Math.Min(roundTrip < Near ? StartNear : Start, limit?.MaxConnections ?? int.MaxValue);

    /// <summary>How many connections may work now.</summary>
    public int Wanted => Volatile.Read(ref _wanted);

    /// <summary>How many there may soon be: each leaves something for the others.</summary>
    public int Expected => _isFixed || _phase != Phase.Growing ? Wanted : Math.Min(_max, 2 * Wanted);

    /// <summary>How many there may ever be.</summary>
    public int Max => _max;

    /// <summary>The server has too much to do. At the next look the number is halved, once for all that say so meanwhile, and grows again only after a while.</summary>
    public void Overloaded() => Volatile.Write(ref _isOverloaded, true);

    /// <summary>Looks until the transfer ends.</summary>
    /// <param name="onChange">Called when another number is wanted.</param>
    public void Run(Transfer transfer, Session session, Action onChange)
    {
        var before = session.Counters.BytesFetched;
        var since = session.Clock.GetTimestamp();
        var takenBefore = _limit?.BytesTaken ?? 0;
        while (!_isFixed && !transfer.Ended.WaitHandle.WaitOne(_lookInterval))
        {
            var (bytes, now) = (session.Counters.BytesFetched, session.Clock.GetTimestamp());
            var seconds = session.Clock.GetElapsedTime(since, now).TotalSeconds;
            var rate = (bytes - before) / seconds;
            var taken = _limit?.BytesTaken ?? 0;
            var isLimited = _limit is not null && taken - takenBefore > AlmostLimit * seconds * _limit.BytesPerSecond;
            var had = Wanted;
            if (Learn(rate, session.Line.Trouble is not null, isLimited))
            {
                session.Options.TellDetail($"{Wanted} connections from now on; {had} brought {rate / 1e6:0.00} MB/s");
                onChange();
            }

            (before, since, takenBefore) = (bytes, now, taken);
        }
    }

    /// <summary>Takes in what came in the last interval with <see cref="Wanted"/> connections.</summary>
    /// <param name="rate">Bytes a second.</param>
    /// <param name="isTroubled">Whether the line is gone just now, so that the rate says nothing.</param>
    /// <param name="isLimited">Whether all came that the user allows, so that more connections cannot bring more.</param>
    /// <returns>Whether the number changed.</returns>
    internal bool Learn(double rate, bool isTroubled, bool isLimited = false)
    {
        if (Interlocked.Exchange(ref _isOverloaded, false))
        {
            (_restLooks, _bestRate) = (RestLooks, 0);
            return Enter(Phase.Growing, _best = Math.Max(1, Wanted / 2));
        }

        if (isTroubled || rate == 0)
            return _phase == Phase.Trying && Enter(Phase.Settled, _best);
        if (isLimited && (_phase == Phase.Growing || (_phase == Phase.Trying && _triesMore)))
            return Enter(Phase.Settled, _best);
        if (--_restLooks > 0)
            return false;
        // In the first moments after a change connections are made and get up to speed.
        if (_isFresh)
            return _isFresh = false;
        return _phase switch
        {
            Phase.Growing => Grow(rate),
            Phase.Settled => Settle(rate, isLimited),
            _ => Try(rate),
        };
    }

    private bool Grow(double rate)
    {
        if (rate <= _bestRate * ClearGain)
            return Enter(Phase.Settled, _best);
        (_best, _bestRate) = (Wanted, rate);
        return Wanted == _max || rate > MoreThanLines ? Enter(Phase.Settled, _best) : Enter(Phase.Growing, Math.Min(_max, Wanted * 2));
    }

    private bool Settle(double rate, bool isLimited)
    {
        _bestRate += NewestWeight * (rate - _bestRate);
        if (++_looks < _patience || (isLimited && Wanted == 1))
            return false;
        _triesMore = !isLimited && (Wanted == 1 || (Wanted < _max && !_triesMore));
        return Enter(Phase.Trying, _triesMore ? Math.Min(_max, Wanted * 2) : Wanted / 2);
    }

    private bool Try(double rate)
    {
        _triedRates += rate;
        if (++_looks < TrialLooks)
            return false;
        var triedRate = _triedRates / TrialLooks;
        var isBetter = triedRate > _bestRate * (_triesMore ? TrialGain : TrialLoss);
        _patience = isBetter ? FirstPatience : Math.Min(MaxPatience, _patience * 2);
        if (isBetter)
            (_best, _bestRate) = (Wanted, triedRate);
        return Enter(Phase.Settled, _best);
    }

    private bool Enter(Phase phase, int wanted)
    {
        var isNew = wanted != Wanted;
        (_looks, _triedRates) = (0, 0);
        _isFresh = isNew;
        _phase = phase;
        Volatile.Write(ref _wanted, wanted);
        return isNew;
    }
}

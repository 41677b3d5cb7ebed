namespace ReliableDownload.Client.Network;

/// <summary>
/// What all connections of a download know together of the way to the server: when the last byte came, how many attempts failed since.
/// While nothing comes, two connections at a time look for the line and the others wait; when it is back all go on at once. Thread-safe.
/// </summary>
internal sealed class Line(DownloadOptions options, TimeProvider clock)
{
    // Enough to find the line again within a second or two, too few to trouble a server that is down.
    private const int MaxProbes = 2;

    // A shorter silence is no outage: then one connection alone had trouble, and asks again when its delay is over.
    private static readonly TimeSpan MinOutage = TimeSpan.FromSeconds(1);

    // Limits how often a server that refuses immediately is asked, however many connections there are.
    private static readonly TimeSpan MinProbeGap = TimeSpan.FromMilliseconds(200);

    private readonly object _lock = new();
    private long _lastByte = clock.GetTimestamp();
    private long _firstFailure;
    private long _heldUntil;
    private int _failures;
    private int _probes;
    private int _returns;
    private long _lastProbe;

    /// <summary>Whether any byte has been received.</summary>
    public bool WasEverUp { get; private set; } = options.IsServerKnown;

    /// <summary>How long no byte has been received.</summary>
    public TimeSpan Silence => clock.GetElapsedTime(Interlocked.Read(ref _lastByte));

    /// <summary>What the last failed attempt said; null when bytes came since.</summary>
    public AttemptFailure? Trouble { get; private set; }

    /// <summary>Whether the server asked not to be asked for a while.</summary>
    public bool IsHeld => clock.GetTimestamp() < Interlocked.Read(ref _heldUntil);

    /// <summary>The server asked for a pause: no new attempts start during this time.</summary>
    public void Hold(TimeSpan time) => Interlocked.Exchange(ref _heldUntil, clock.GetTimestamp() + (long)(time.TotalSeconds * clock.TimestampFrequency));

    /// <summary>Bytes came that stay.</summary>
    public void Advance() => Take(isProgress: true);

    /// <summary>Bytes came that are of use only with others: the line is there, but the failures still count.</summary>
    public void Hear() => Take(isProgress: false);

    /// <summary>An attempt failed.</summary>
    /// <returns>How many have since the last byte that stayed.</returns>
    public int Fail(AttemptFailure failure)
    {
        lock (_lock)
        {
            Trouble = failure;
            if (_failures == 0)
                Interlocked.Exchange(ref _firstFailure, clock.GetTimestamp());
            return ++_failures;
        }
    }

    /// <summary>
    /// Whether attempts and time without a byte are used up. The time is that since the first failure: a process that was stopped for hours was
    /// silent, too. Before the first byte attempts alone count: the address may be wrong.
    /// </summary>
    public bool IsGivenUp(int failures) =>
        failures >= options.MaxAttempts
        && (!WasEverUp || (options.MaxOutage > TimeSpan.Zero && clock.GetElapsedTime(Interlocked.Read(ref _firstFailure)) >= options.MaxOutage));

    /// <summary>Waits before another attempt: for the delay, or until the line is back; then for a turn to look for it, where it is gone.</summary>
    /// <param name="ended">Ends the waiting; whoever cancels it calls <see cref="Wake"/>.</param>
    /// <returns>Whether the caller looks for the line, and has to <see cref="EndProbe"/>.</returns>
    public bool WaitForTurn(TimeSpan delay, CancellationToken ended)
    {
        var until = clock.GetTimestamp() + (long)(delay.TotalSeconds * clock.TimestampFrequency);
        lock (_lock)
        {
            var returns = _returns;
            while (!ended.IsCancellationRequested)
            {
                var left = clock.GetElapsedTime(clock.GetTimestamp(), until);
                if (Trouble is null && (left <= TimeSpan.Zero || returns != _returns))
                    return false;
                if (left <= TimeSpan.Zero && _probes < MaxProbes)
                {
                    left = Silence < MinOutage ? TimeSpan.Zero : MinProbeGap - clock.GetElapsedTime(_lastProbe);
                    if (left <= TimeSpan.Zero)
                    {
                        _probes++;
                        _lastProbe = clock.GetTimestamp();
                        return true;
                    }
                }

                Monitor.Wait(_lock, left > TimeSpan.Zero ? left : Timeout.InfiniteTimeSpan);
            }

            return false;
        }
    }

    /// <summary>The attempt that looked for the line is over.</summary>
    public void EndProbe()
    {
        lock (_lock)
        {
            _probes--;
            Monitor.PulseAll(_lock);
        }
    }

    private void Take(bool isProgress)
    {
        var now = clock.GetTimestamp();
        var silence = clock.GetElapsedTime(Interlocked.Exchange(ref _lastByte, now), now);
        if (Trouble is null && WasEverUp && !(isProgress && Volatile.Read(ref _failures) > 0))
            return;
        lock (_lock)
        {
            if (silence >= MinOutage)
                _returns++;
            WasEverUp = true;
            Trouble = null;
            if (isProgress)
                _failures = 0;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Wakes all waiters to check again.</summary>
    public void Wake()
    {
        lock (_lock)
            Monitor.PulseAll(_lock);
    }
}

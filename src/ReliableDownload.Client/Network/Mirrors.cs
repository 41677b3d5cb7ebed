using System.Net;
using ReliableDownload.Client.Blocks;

namespace ReliableDownload.Client.Network;

/// <summary>
/// The places that have the file, one at least, and what each brings: connections go where they get most. One that is gone, refuses, limits us or has another version
/// rests and is tried again later; one that gave wrong bytes is not used again. One for a download; safe for threads.
/// </summary>
internal sealed class Mirrors
{
    /// <summary>More are not used: a Metalink may name hundreds.</summary>
    public const int Max = 32;

    // Each costs a connection to try it.
    private const int MaxAddresses = 8;

    // A connection moves only where it gets clearly more: speeds differ by half on lossy lines, and a new connection costs round trips.
    private const double ClearGain = 2;

    private static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(1);

    // The first time soon: a server with a token bucket seems fast for a moment, and another one slow beside it.
    private static readonly TimeSpan SlowRest = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Func<int, Uri, IPAddress?, Mirror> _create;
    private readonly TimeProvider _clock;
    private readonly Action<string> _tell;
    private readonly List<MirrorState> _states = [];
    private volatile Mirror _main;
    private int _moves;
    private bool _mayMend;
    private Mirror? _only;

    /// <param name="urls">The preferred one first.</param>
    /// <param name="create">Makes a mirror of its number, its URL and the one address that it is, if it is only one.</param>
    /// <param name="tell">Told which mirrors are left, and why.</param>
    public Mirrors(IEnumerable<Uri> urls, Func<int, Uri, IPAddress?, Mirror> create, TimeProvider clock, Action<string> tell)
    {
        (_create, _clock, _tell) = (create, clock, tell);
        Add(urls);
        _main = _states[0].Mirror;
    }

    /// <summary>Whom to ask what the file is, and whose version the others have to have.</summary>
    public Mirror Main => _main;

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _states.Count;
        }
    }

    /// <summary>Adds places that are not yet known, as long as there is room for them.</summary>
    public void Add(IEnumerable<Uri> urls)
    {
        lock (_lock)
        {
            foreach (var url in urls)
                Add(url, address: null);
        }
    }

    /// <summary>Adds the other addresses of the main one's name, since each may be a replica.</summary>
    public void AddAddresses()
    {
        lock (_lock)
        {
            foreach (var address in _main.OtherAddresses.Take(MaxAddresses - 1))
            {
                // What is at the same name is hardly much farther away: a dead one is noticed soon.
                if (Add(_main.Place.Given, address) is { } added)
                    added.Address.TakeConnectTime(_main.Address.RoundTrip);
            }
        }
    }

    /// <summary>Forgets all of them, as they have something else than the file, for those that have it. Called before others ask.</summary>
    public void Replace(IEnumerable<Uri> urls)
    {
        lock (_lock)
        {
            _states.Clear();
            Add(urls);
            (_main, _moves) = (_states[0].Mirror, 0);
        }
    }

    /// <summary>The main one could not say what the file is: asks the next one.</summary>
    /// <param name="failure">Why; it becomes temporary where another mirror's was.</param>
    /// <returns>False where each was asked since the last delay.</returns>
    public bool MoveOn(ref AttemptFailure failure)
    {
        lock (_lock)
        {
            if (_states.Count == 1)
                return false;
            _tell($"{_main.Name}: {failure.Message}; another mirror is asked");
            _main = _states[(_main.Index + 1) % _states.Count].Mirror;
            _mayMend = (_moves % _states.Count > 0 && _mayMend) || failure.IsTemporary;
            if (++_moves % _states.Count > 0)
                return true;
            failure = failure with { IsTemporary = _mayMend };
            return false;
        }
    }

    /// <summary>Those that brought anything, the main one first; that one where none has.</summary>
    public IReadOnlyList<Mirror> Givers
    {
        get
        {
            lock (_lock)
            {
                var givers = _states.Where(state => state is { HasBrought: true, IsWrong: false }).Select(state => state.Mirror).OrderBy(mirror => mirror == _main ? -1 : mirror.Index);
                return [.. givers.DefaultIfEmpty(_main)];
            }
        }
    }

    /// <summary>From now on only this one is asked; null for all again.</summary>
    public void UseOnly(Mirror? mirror)
    {
        lock (_lock)
            _only = mirror;
    }

    /// <summary>Which mirror a connection should ask next.</summary>
    /// <param name="current">Which one it asked before; null where none.</param>
    public Mirror Next(Mirror? current)
    {
        lock (_lock)
            return (_states.Count == 1 ? _states[0] : _only is { } only ? _states[only.Index] : Choose(current is null ? null : _states[current.Index])).Mirror;
    }

    /// <summary>A connection is about to fetch a piece from this mirror.</summary>
    public void Begin(Mirror mirror, Piece piece)
    {
        lock (_lock)
            _states[mirror.Index].InFlight.Add(piece);
    }

    /// <summary>The attempt at a piece is over.</summary>
    public void End(Mirror mirror, Piece piece)
    {
        lock (_lock)
            _states[mirror.Index].End(piece);
    }

    /// <summary>An attempt failed. Unless it brought something, the mirror rests for a while.</summary>
    /// <returns>Whether another mirror can be asked at once.</returns>
    public bool Rest(Mirror mirror, AttemptFailure failure, bool hasBrought)
    {
        lock (_lock)
        {
            if (_states.Count == 1 || _only is not null || (hasBrought && failure.IsTemporary))
                return false;
            var state = _states[mirror.Index];
            state.Refusal = failure.IsTemporary ? null : failure;
            if (!failure.IsTemporary)
                Avoid(mirror);
            if (state.Failures == 0 && !state.IsWrong)
                _tell($"{mirror.Name}: {failure.Message}; another mirror is asked");
            var rest = failure.IsTemporary ? FirstRest * Math.Pow(2, Math.Min(state.Failures, 20)) : MirrorState.MaxRest;
            // Whoever asks for no pause at all would else be asked without end.
            state.RestFor(failure.RetryAfter is { } asked && asked > rest ? asked : rest);
            return _states.Exists(state => state.IsUsable);
        }
    }

    /// <summary>What a failure means where no other mirror can be asked at once: another attempt makes sense as long as one of them may mend, else a refusal counts.</summary>
    public AttemptFailure Verdict(AttemptFailure failure)
    {
        lock (_lock)
        {
            return _states.Count == 1 ? failure
                : _states.Exists(state => state.MayMend) ? failure with { IsTemporary = true }
                : _states.Find(state => state.Refusal is not null)?.Refusal ?? failure;
        }
    }

    /// <summary>A block had the right bytes.</summary>
    /// <param name="sources">Which mirrors they came from, a bit for each.</param>
    public void Trust(ulong sources)
    {
        lock (_lock)
        {
            if (_states.Count > 1 && _states.Find(state => sources == state.Bit) is { } sole)
                sole.IsTrusted = true;
        }
    }

    /// <summary>A block had wrong bytes.</summary>
    /// <param name="sources">Which mirrors they came from, a bit for each.</param>
    /// <remarks>
    /// If they came from one mirror alone, or from one that never gave a right block with others that did, it is not used any more, unless it is the last one.
    /// </remarks>
    public void Blame(ulong sources)
    {
        lock (_lock)
        {
            var suspects = _states.FindAll(state => (sources & state.Bit) != 0);
            if (suspects.Count > 1)
                suspects.RemoveAll(state => state.IsTrusted);
            suspects.ForEach(state => Avoid(state.Mirror));
            if (sources >> OpenBlock.UnknownSource != 0 || suspects is not [{ IsWrong: false } guilty] || _states.Count(state => !state.IsWrong) < 2)
                return;
            guilty.IsWrong = true;
            // What still comes from it would have to be fetched again.
            guilty.InFlight.ForEach(piece => piece.Interrupt());
            _tell($"{guilty.Mirror.Name} gives wrong bytes: it is not used any more in this download");
        }
    }

    // When its own address fails, the main one would else be looked for at one that may lag behind, and take that for a change of the file.
    private void Avoid(Mirror mirror)
    {
        if (mirror.OneAddress is { } address)
            _main.Address.Avoid(address);
    }

    private Mirror? Add(Uri url, IPAddress? address)
    {
        if (_states.Count >= Max || _states.Exists(state => state.Mirror.Is(url, address)))
            return null;
        _states.Add(new MirrorState(_create(_states.Count, url, address), _clock));
        return _states[^1].Mirror;
    }

    private MirrorState Choose(MirrorState? current)
    {
        var usable = _states.FindAll(state => state.IsUsable);
        if (usable.Count == 0)
            return _states.FindAll(state => !state.IsWrong).MinBy(state => state.RestUntil)!;
        // Each is tried by one connection at first; one that never brought anything again only beside others that do, as it may take until it is given up.
        var isCarrying = usable.Exists(state => state is { Speed: > 0, InFlight.Count: > 0 });
        if (usable.Find(state => state is { Speed: 0, InFlight.Count: 0 } && (isCarrying || state.HasBrought || state.Failures == 0)) is { } untried)
            return untried;
        var best = usable.MaxBy(state => state.CurrentSpeed)!;
        if (current is not null && usable.Contains(current))
        {
            if (best.CurrentSpeed <= ClearGain * current.CurrentSpeed)
                return current;
            if (current.InFlight.Count == 0)
                current.RestFor(SlowRest * Math.Pow(2, Math.Min(current.Failures, 20)));
            return best;
        }

        // As many as it has for what each gets; what is not yet known is as good as the slowest.
        var least = usable.Select(state => state.CurrentSpeed).Where(speed => speed > 0).DefaultIfEmpty(1).Min();
        return usable.MinBy(state => (state.InFlight.Count + 1) / Math.Max(state.CurrentSpeed, least))!;
    }
}

using System.Net;
using ReliableDownload.Client.Blocks;
using ReliableDownload.Client.Network;

namespace ReliableDownload.Client.Transfers;

/// <summary>What one connection does: takes pieces, fetches them, waits after failures, until nothing is missing. One thread.</summary>
internal sealed class FetchLoop : IDisposable
{
    // Less than that tells nothing of a connection's speed, and saves nothing.
    private const double MinSeconds = 0.3;
    private const double MinGain = 0.5;
    private const double MinShareSeconds = 1;

    // In bytes.
    private const long TrialLength = 256 << 10;

    // A cache cuts what it would have to put together from slices of two versions, each time. Silence is not taken for that: a cache that has too much to
    // do would get still more, and so would the servers behind it.
    private const int CutsByCaches = 2;

    private readonly int _index;
    private readonly Transfer _transfer;
    private readonly Scheduler _scheduler;
    private readonly BlockMap _map;
    private readonly WholeBlocks _whole;
    private readonly Routes _routes;
    private readonly Session _session;
    private readonly ConnectionTuner _tuner;
    private readonly HeadStart? _headStart;
    private volatile Route? _route;
    private Mirror? _next;
    private int _failures;
    private int _cuts;
    private bool _probes;

    /// <param name="index">Which of the connections it is; the tuner wants so many of the first ones.</param>
    /// <param name="headStart">What was begun before; null where nothing was.</param>
    public FetchLoop(int index, Transfer transfer, Scheduler scheduler, BlockMap map, WholeBlocks whole, Routes routes, Session session, ConnectionTuner tuner, HeadStart? headStart)
    {
        _index = index;
        _transfer = transfer;
        _scheduler = scheduler;
        _map = map;
        _whole = whole;
        _routes = routes;
        _session = session;
        _tuner = tuner;
        _headStart = headStart;
        if (headStart is not null && index == 0)
            _route = routes.Of(headStart);
    }

    public void Run()
    {
        using var ended = _transfer.Ended.Register(() => _route?.Connection.Abort());
        try
        {
            // One that has nothing to fetch does not look for the line either: another may.
            while (_scheduler.Take(NextLength, MayWork, HelpFor, EndProbe) is { } piece)
            {
                var delay = AttemptAndEnd(piece);
                EndProbe();
                _probes = delay is { } wait && _session.Line.WaitForTurn(wait, _transfer.Ended);
            }
        }
        finally
        {
            EndProbe();
            _whole.EndConnection();
        }
    }

    public void Dispose() => _route?.Dispose();

    private bool HasHeadStart => _index == 0 && _headStart is { IsOver: false };

    private long NextLength(long unassigned)
    {
        if (HasHeadStart)
            return _headStart!.Length;
        _next = _session.Mirrors.Next(_route?.Mirror);
        var pace = _route?.Mirror == _next ? _route.Pace : new Pace(_session.Options, _next.Address);
        // What is asked of a mirror that turns out to be slow has to be waited for, or fetched again.
        return pace.Speed == 0 && _session.Mirrors.Count > 1 ? TrialLength : pace.NextLength(unassigned, _tuner.Expected);
    }

    // The file's beginning is the first connection's.
    private bool MayWork(bool isNeeded) => (isNeeded || _index < _tuner.Wanted) && !_session.Line.IsHeld && (_index == 0 || _headStart is not { IsOver: false });

    private void EndProbe()
    {
        if (_probes)
            _session.Line.EndProbe();
        _probes = false;
    }

    // Helping costs a request, and perhaps a connection: it has to save clearly more.
    private Help HelpFor(Piece piece)
    {
        var clock = _session.Clock;
        if (piece.Started == 0)
            return Help.None;
        // What is silent will be so for as long again.
        var its = clock.GetElapsedTime(piece.LastByte).TotalSeconds;
        var (came, lasted) = (piece.Next - piece.From, clock.GetElapsedTime(piece.Started).TotalSeconds);
        if (came > 0 && lasted > MinSeconds)
            its = Math.Max(its, piece.Left * lasted / came);
        var address = _route?.Mirror.Address ?? _session.Address;
        var roundTrip = Math.Max(address.RoundTrip.TotalSeconds, _route?.Pace.Latency.TotalSeconds ?? 0);
        var mine = _route is { Pace.Speed: > 0 and var speed } ? (2 * roundTrip) + (piece.Left / speed) : double.PositiveInfinity;
        return its > (2 * mine) + MinGain ? Help.Rescue
            : its > MinShareSeconds + (4 * roundTrip) ? Help.Share
            : Help.None;
    }

    /// <returns>How long to wait before the next piece; null for not at all.</returns>
    private TimeSpan? AttemptAndEnd(Piece piece)
    {
        var route = BeginRoute(piece);
        try
        {
            return Attempt(route, piece) is { } failure && !_transfer.Ended.IsCancellationRequested ? DelayAfter(route, failure, piece) : null;
        }
        catch (Exception error)
        {
            // Before the piece is given back: another connection would ask for it once more.
            _transfer.FailUnlessComplete(error);
            throw;
        }
        finally
        {
            _session.Mirrors.End(route.Mirror, piece);
            _scheduler.End(piece);
        }
    }

    /// <summary>The way to the mirror that was chosen; what was begun before is used first.</summary>
    private Route BeginRoute(Piece piece)
    {
        var route = _route;
        if (route is null || (!HasHeadStart && route.Mirror != _next))
        {
            route?.Dispose();
            _route = route = _routes.To(_next!);
            // It may have ended while nobody could be told.
            if (_transfer.Ended.IsCancellationRequested)
                route.Connection.Abort();
        }

        _session.Mirrors.Begin(route.Mirror, piece);
        return route;
    }

    private AttemptFailure? Attempt(Route route, Piece piece)
    {
        var connection = route.Connection;
        piece.Interrupt = connection.Interrupt;
        var block = (int)(piece.From / _map.Layout.BlockSize);
        var wrong = _scheduler.Wrong[block];
        if (wrong.Times > 0)
            connection.Drop();
        piece.Started = piece.LastByte = _session.Clock.GetTimestamp();
        _session.Counters.BeginReceiving();
        var answer = TakeHeadStart(route, piece) ?? route.Fetch.Send(connection, piece.From, piece.To, wrong.IsRepeated || _cuts >= CutsByCaches, _transfer.Ended);
        if (answer.HasChanged && _routes.IsOrigin(route.Mirror))
            _transfer.Change();
        var failure = answer.Response is { } response ? Receive(route, response, piece, answer)
            : answer.HasChanged ? new AttemptFailure(DownloadOutcome.NotProven, _routes.IsOrigin(route.Mirror), $"{route.Mirror.Name} has another version of the file")
            : answer.Failure;
        // Where another connection was faster than the answer's head, its bytes are taken without a body.
        if (answer.Response is null && piece.Rescue is not null)
            route.Receiver.Receive(Stream.Null, piece, open => Prove(route, open));
        if (answer.Failure is { IsSilence: true } && connection.IsMade)
            route.Pace.TakeSilence();
        var isCut = failure is { Outcome: DownloadOutcome.Network, IsSilence: false } && connection.IsMade && piece.Next == piece.From;
        _cuts = isCut ? _cuts + 1 : 0;
        _session.Counters.EndReceiving();
        _whole.EndReceiving();
        if (failure is not null || piece.Rescue is not null)
            connection.Drop();
        // Someone else has the bytes already: the interrupted read is no failure.
        return piece.Rescue is not null || (piece.RescueOf is { } rescued && rescued.Left <= 0) ? null : failure;
    }

    private RangeFetch.Answer? TakeHeadStart(Route route, Piece piece)
    {
        if (!HasHeadStart)
            return null;
        _headStart!.IsOver = true;
        _scheduler.Wake();
        var begun = _headStart.Take();
        if (_map is { HasDigests: true, IsDoubtful: false } && _headStart.Answer is { IsCompletedSuccessfully: true } answer)
            _session.Mirrors.Add(answer.GetAwaiter().GetResult().Duplicates);
        if (begun is { } response && piece.From == 0)
            return route.Fetch.Look(response, 0, Math.Min(_headStart.Length, _map.Layout.FileSize), _headStart.Answered);
        route.Connection.Drop();
        return null;
    }

    private AttemptFailure? Receive(Route route, HttpResponseMessage response, Piece piece, RangeFetch.Answer answer)
    {
        // The line is there; memory for what comes may not be.
        EndProbe();
        using (response)
        {
            // What was asked before the piece was taken says nothing of the latency.
            if (answer.Came > piece.Started)
                route.Pace.TakeLatency(_session.Clock.GetElapsedTime(piece.Started, answer.Came));
            var body = LimitedStream.Of(response.Content.ReadAsStream(), _session.Options.RateLimit, _transfer.Ended);
            var failure = piece.RescueOf is null ? route.Receiver.Receive(body, piece, open => Prove(route, open)) : route.Receiver.ReceiveRescue(body, piece);
            route.Pace.TakeSpeed(piece.Next - piece.From, _session.Clock.GetElapsedTime(answer.Came));
            // A connection with unread bytes cannot be used again: the piece's end came nearer, or a 200 has the whole file.
            if (piece.To < answer.To || response.StatusCode == HttpStatusCode.OK)
                route.Connection.Drop();
            return failure;
        }
    }

    private void Prove(Route route, OpenBlock open)
    {
        open.Peer = route.Connection.Peer;
        _whole.Add(open);
    }

    private TimeSpan? DelayAfter(Route route, AttemptFailure failure, Piece piece)
    {
        _session.Counters.AddRetry();
        if (_session.Mirrors.Rest(route.Mirror, failure, hasBrought: piece.Next > piece.From))
            return null;
        _failures = piece.Next > piece.From ? 0 : _failures + 1;
        if (failure.IsOverload)
            _tuner.Overloaded();
        var delay = _session.DelayAfter(_session.Mirrors.Verdict(failure), _failures);
        if (failure.RetryAfter is not null)
            _session.Line.Hold(delay);
        return delay;
    }
}

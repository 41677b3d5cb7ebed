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

    private readonly int _index;
    private readonly Transfer _transfer;
    private readonly Scheduler _scheduler;
    private readonly BlockMap _map;
    private readonly WholeBlocks _whole;
    private readonly RangeFetch _fetch;
    private readonly Session _session;
    private readonly ConnectionTuner _tuner;
    private readonly HeadStart? _headStart;
    private readonly Pace _pace;
    private readonly PieceReceiver _receiver;
    private readonly Connection _connection;
    private int _failures;
    private bool _probes;

    /// <param name="index">Which of the connections it is; the tuner wants so many of the first ones.</param>
    /// <param name="headStart">What was begun before; null where nothing was.</param>
    public FetchLoop(int index, Transfer transfer, Scheduler scheduler, BlockMap map, WholeBlocks whole, RangeFetch fetch, Session session, ConnectionTuner tuner, HeadStart? headStart)
    {
        _index = index;
        _transfer = transfer;
        _scheduler = scheduler;
        _map = map;
        _whole = whole;
        _fetch = fetch;
        _session = session;
        _tuner = tuner;
        _headStart = headStart;
        var isFirst = headStart is not null && index == 0;
        _pace = isFirst ? headStart!.Pace : new Pace(session.Options, session.Address);
        _receiver = new PieceReceiver(transfer, scheduler, session.Line, _pace, session.Counters, session.Clock);
        _connection = isFirst ? headStart!.Connection : new Connection(session.Requests, session.Address, _pace, session.Clock);
    }

    public void Run()
    {
        using var ended = _transfer.Ended.Register(_connection.Abort);
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

    public void Dispose() => _connection.Dispose();

    private bool HasHeadStart => _index == 0 && _headStart is { IsOver: false };

    private long NextLength(long unassigned) => HasHeadStart ? _headStart!.Length : _pace.NextLength(unassigned, _tuner.Expected);

    // The file's beginning is the first connection's.
    private bool MayWork() => _index < _tuner.Wanted && !_session.Line.IsHeld && (_index == 0 || _headStart is not { IsOver: false });

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
        var roundTrip = Math.Max(_session.Address.RoundTrip.TotalSeconds, _pace.Latency.TotalSeconds);
        var mine = _pace.Speed > 0 ? (2 * roundTrip) + (piece.Left / _pace.Speed) : double.PositiveInfinity;
        return its > (2 * mine) + MinGain ? Help.Rescue
            : its > MinShareSeconds + (4 * roundTrip) ? Help.Share
            : Help.None;
    }

    /// <returns>How long to wait before the next piece; null for not at all.</returns>
    private TimeSpan? AttemptAndEnd(Piece piece)
    {
        try
        {
            return Attempt(piece) is { } failure && !_transfer.Ended.IsCancellationRequested ? DelayAfter(failure, piece) : null;
        }
        catch (Exception error)
        {
            // Before the piece is given back: another connection would ask for it once more.
            _transfer.FailUnlessComplete(error);
            throw;
        }
        finally
        {
            _scheduler.End(piece);
        }
    }

    private AttemptFailure? Attempt(Piece piece)
    {
        piece.Interrupt = _connection.Interrupt;
        var block = (int)(piece.From / _map.Layout.BlockSize);
        var wrong = _scheduler.Wrong[block];
        if (wrong.Times > 0)
            _connection.Drop();
        piece.Started = piece.LastByte = _session.Clock.GetTimestamp();
        _session.Counters.BeginReceiving();
        var answer = TakeHeadStart(piece) ?? _fetch.Send(_connection, piece.From, piece.To, wrong.IsRepeated, _transfer.Ended);
        if (answer.HasChanged)
            _transfer.Change();
        var failure = answer.Response is { } response ? Receive(response, piece, answer) : answer.Failure;
        // Where another connection was faster than the answer's head, its bytes are taken without a body.
        if (answer.Response is null && piece.Rescue is not null)
            _receiver.Receive(Stream.Null, piece, Prove);
        if (answer.Failure is { IsSilence: true } && _connection.IsMade)
            _pace.TakeSilence();
        _session.Counters.EndReceiving();
        _whole.EndReceiving();
        if (failure is not null || piece.Rescue is not null)
            _connection.Drop();
        // Someone else has the bytes already: the interrupted read is no failure.
        return piece.Rescue is not null || (piece.RescueOf is { } rescued && rescued.Left <= 0) ? null : failure;
    }

    private RangeFetch.Answer? TakeHeadStart(Piece piece)
    {
        if (!HasHeadStart)
            return null;
        _headStart!.IsOver = true;
        _scheduler.Wake();
        if (_headStart.Take() is { } response && piece.From == 0)
            return _fetch.Look(response, 0, Math.Min(_headStart.Length, _map.Layout.FileSize), _headStart.Answered);
        _connection.Drop();
        return null;
    }

    private AttemptFailure? Receive(HttpResponseMessage response, Piece piece, RangeFetch.Answer answer)
    {
        using (response)
        {
            // What was asked before the piece was taken says nothing of the latency.
            if (answer.Came > piece.Started)
                _pace.TakeLatency(_session.Clock.GetElapsedTime(piece.Started, answer.Came));
            var body = LimitedStream.Of(response.Content.ReadAsStream(), _session.Options.RateLimit, _transfer.Ended);
            var failure = piece.RescueOf is null ? _receiver.Receive(body, piece, Prove) : _receiver.ReceiveRescue(body, piece);
            _pace.TakeSpeed(piece.Next - piece.From, _session.Clock.GetElapsedTime(answer.Came));
            // A connection with unread bytes cannot be used again: the piece's end came nearer, or a 200 has the whole file.
            if (piece.To < answer.To || response.StatusCode == HttpStatusCode.OK)
                _connection.Drop();
            return failure;
        }
    }

    private void Prove(OpenBlock open)
    {
        open.Peer = _connection.Peer;
        _whole.Add(open);
    }

    private TimeSpan DelayAfter(AttemptFailure failure, Piece piece)
    {
        _failures = piece.Next > piece.From ? 0 : _failures + 1;
        if (failure.IsOverload)
            _tuner.Overloaded();
        _session.Counters.AddRetry();
        var delay = _session.DelayAfter(failure, _failures);
        if (failure.RetryAfter is not null)
            _session.Line.Hold(delay);
        return delay;
    }
}

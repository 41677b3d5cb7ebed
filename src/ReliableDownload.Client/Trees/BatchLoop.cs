using System.Net;
using ReliableDownload.Client.Network;
using ReliableDownload.Client.Transfers;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Trees;

/// <summary>What one connection for small files does: asks for a batch, takes it, waits after failures, until none is missing. One thread.</summary>
/// <param name="index">Which of the connections.</param>
/// <param name="connections">How many there are.</param>
internal sealed class BatchLoop(TreeRun run, Session session, int index, int connections) : IDisposable
{
    private const int BufferSize = 256 << 10;

    // A batch should last so long that the wait for its first byte costs little: the other connections speed up too slowly to use what one leaves.
    // Nothing is lost where a long one is cut, as each file counts when it is there.
    private const double TargetSeconds = 3;
    private const int TargetLatencies = 20;
    private const long FirstBytes = 1 << 20;
    private const long MinBytes = 64 << 10;
    private const long MaxBytes = 32 << 20;

    private const int MaxCuts = 3;

    // A speed seen once may have been luck.
    private const int MaxGrowth = 4;

    private readonly Pace _pace = new(session.Options, session.Address);
    private readonly FilePlace _place = new(run.Address.Tree, session.Requests);
    private readonly BatchReceiver _receiver = new(run, session, index);
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
    private long _wanted = FirstBytes;
    private int _failures;

    /// <summary>Runs to the end.</summary>
    public void Run()
    {
        using var connection = new Connection(session.Requests, session.Address, _pace, session.Clock);
        using var abort = run.Ended.Register(connection.Abort);
        while (run.Small.TryTake(_wanted, connections, out var batch))
        {
            var files = new Queue<TreeFile>(batch);
            AttemptFailure? failure;
            try
            {
                failure = Attempt(connection, files);
            }
            finally
            {
                foreach (var file in files)
                    GiveBack(file);
                run.Small.End();
            }

            if (failure is not null && !run.Ended.IsCancellationRequested)
                Wait(connection, failure, hasBrought: files.Count < batch.Count);
            else if (_receiver.HadWrong)
                connection.Drop();
        }
    }

    public void Dispose() => _receiver.Dispose();

    private AttemptFailure? Attempt(Connection connection, Queue<TreeFile> files)
    {
        var started = session.Clock.GetTimestamp();
        session.Counters.BeginReceiving();
        try
        {
            using var answer = _place.Send(connection, url => FilesRequest.Of(session.Requests, url, files), run.Ended);
            if (answer.StatusCode != HttpStatusCode.OK)
            {
                connection.Drop();
                return AttemptFailure.Of(answer, session.Clock.GetUtcNow());
            }

            if (answer.Content.Headers.ContentType?.MediaType != FilesRequest.MediaType)
            {
                connection.Drop();
                return new AttemptFailure(DownloadOutcome.Protocol, true, $"the files came as {answer.Content.Headers.ContentType?.MediaType ?? "nothing known"}");
            }

            var came = session.Clock.GetTimestamp();
            _pace.TakeLatency(session.Clock.GetElapsedTime(started, came));
            var received = 0L;
            using var body = LimitedStream.Of(answer.Content.ReadAsStream(run.Ended), session.Options.RateLimit, run.Ended);
            _receiver.Receive(new ReceivedBytes(body, _buffer, Count), files);
            // The end of the body, so that the connection can be used again.
            if (body.Read(new byte[1]) != 0)
                connection.Drop();
            _pace.TakeSpeed(received, session.Clock.GetElapsedTime(came));
            SetWanted(received);
            _failures = 0;
            return null;

            void Count(int count)
            {
                received += count;
                session.Line.Hear();
                session.Counters.AddFetched(count);
            }
        }
        catch (ProtocolException error)
        {
            return new AttemptFailure(DownloadOutcome.Protocol, true, error.Message);
        }
        catch (EndOfStreamException)
        {
            return new AttemptFailure(DownloadOutcome.Network, true, "the answer with files was cut");
        }
        catch (Exception error) when (AttemptFailure.Of(error) is { } failure)
        {
            return failure;
        }
        finally
        {
            session.Counters.EndReceiving();
        }
    }

    // What never comes whole in one answer comes in parts, each of which stays.
    private void GiveBack(TreeFile file)
    {
        if (file.Cuts >= MaxCuts)
            run.Large.Add(file);
        else
            run.Small.Return(file);
    }

    private void SetWanted(long received)
    {
        var seconds = Math.Max(TargetSeconds, TargetLatencies * _pace.Latency.TotalSeconds);
        _wanted = (long)Math.Clamp(_pace.Speed * seconds, MinBytes, Math.Min(MaxBytes, MaxGrowth * Math.Max(received, MinBytes)));
    }

    private void Wait(Connection connection, AttemptFailure failure, bool hasBrought)
    {
        connection.Drop();
        session.Counters.AddRetry();
        if (failure.IsSilence)
            _pace.TakeSilence();
        _wanted = Math.Max(MinBytes, _wanted / 2);
        _failures = hasBrought ? 0 : _failures + 1;
        if (_failures >= session.Options.MaxAttempts && failure.IsWrongAnswer)
            throw new DownloadFailedException(failure.Outcome, failure.Message);
        var delay = session.DelayAfter(failure, _failures);
        if (failure.RetryAfter is not null)
            session.Line.Hold(delay);
        if (session.Line.WaitForTurn(delay, run.Ended))
            session.Line.EndProbe();
    }
}

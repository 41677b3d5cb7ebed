using System.Net;
using System.Net.Http.Headers;
using ReliableDownload.Client.Blocks;
using ReliableDownload.Client.Metadata;
using ReliableDownload.Client.Network;

namespace ReliableDownload.Client.Transfers;

/// <summary>
/// Fetches a file from a server that does not send parts of it, perhaps without telling its size: over one connection, from the beginning to
/// the end. After a cut all begins again, and only what comes beyond it counts as progress.
/// </summary>
/// <param name="headStart">The question for the file's beginning, whose answer may already be the file; null where it was not asked.</param>
internal sealed class OnePass(IFileSource source, IFileSink sink, Session session, HeadStart? headStart) : IFileTransfer
{
    private const int SliceSize = 256 << 10;

    private readonly Pace _pace = headStart?.Pace ?? new Pace(session.Options, session.Address);
    private readonly byte[] _slice = GC.AllocateUninitializedArray<byte>(SliceSize);
    private readonly Mirror _origin = session.Mirrors.Main;
    private Validator _version = source.Validator;
    private bool _hasChanged;
    private long _done;
    private long _furthest;

    public long BytesDone => Interlocked.Read(ref _done);

    public BlockMap? Map => null;

    /// <summary>Whether it is another pass: caches on the way are to ask the server, and how the file comes was told before.</summary>
    public bool IsAgain { get; init; }

    public Task<long?> RunAsync(CancellationTokenSource stop)
    {
        if (!IsAgain)
            session.Options.Tell(source.Validator.Size is null
                ? "the server tells no size and sends no parts of the file: one connection, which begins again after a cut"
                : "the server sends no parts of the file: one connection, which begins again after a cut");
        var ended = new TaskCompletionSource<long?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                ended.SetResult(Run(stop.Token));
            }
            catch (Exception error)
            {
                ended.SetException(error);
            }
        });
        thread.IsBackground = true;
        thread.Start();
        return ended.Task;
    }

    private long? Run(CancellationToken cancellationToken)
    {
        using var connection = headStart?.Connection ?? new Connection(session.Requests, session.Address, _pace, session.Clock);
        using var aborting = cancellationToken.Register(connection.Abort);
        var response = headStart?.Take();
        for (var failures = 0; ;)
        {
            var before = _furthest;
            var failure = Attempt(connection, response, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            if (_hasChanged)
                return null;
            if (failure is null)
            {
                sink.Finish(_done);
                return _done;
            }

            response = null;
            connection.Drop();
            failures = _furthest > before ? 0 : failures + 1;
            session.Counters.AddRetry();
            if (session.Mirrors.MoveOn(ref failure))
                continue;
            cancellationToken.WaitHandle.WaitOne(session.DelayAfter(failure, failures));
        }
    }

    private AttemptFailure? Attempt(Connection connection, HttpResponseMessage? begun, CancellationToken cancellationToken)
    {
        session.Counters.BeginReceiving();
        try
        {
            // A part of the file is of no use here.
            if (begun is { StatusCode: not HttpStatusCode.OK })
                connection.Drop();
            using var response = begun is { StatusCode: HttpStatusCode.OK } ? begun : session.Place.Send(connection, Prepare, cancellationToken);
            if (RefusalOf(response) is { } refusal)
                return refusal;
            sink.Restart();
            Interlocked.Exchange(ref _done, 0);
            using var body = LimitedStream.Of(response.Content.ReadAsStream(cancellationToken), session.Options.RateLimit, cancellationToken);
            while (Fill(body) is > 0 and var count)
            {
                sink.Append(_slice.AsSpan(0, count));
                Interlocked.Add(ref _done, count);
                _furthest = Math.Max(_furthest, _done);
            }

            return (session.Description?.File.Size ?? _version.Size) is { } size && _done != size
                ? new AttemptFailure(DownloadOutcome.NotProven, false, $"{_done} bytes came, and the file should have {size}")
                : null;
        }
        catch (Exception error) when (AttemptFailure.Of(error) is not null && error is not DownloadFailedException)
        {
            return AttemptFailure.Of(error);
        }
        finally
        {
            session.Counters.EndReceiving();
        }
    }

    private AttemptFailure? RefusalOf(HttpResponseMessage response)
    {
        if (FileAnswer.RefusalOf(response, session.Place.Given) is { } refusal)
            return refusal;
        if (response.StatusCode != HttpStatusCode.OK)
            return AttemptFailure.Of(response, session.Clock.GetUtcNow());
        var (mirror, its) = (session.Mirrors.Main, Validator.Of(response));
        // As long as nothing has come, any version is one: some servers make the file anew for each request.
        if (mirror == _origin && _furthest == 0 && !IsAgain)
            _version = its;
        // Tags and times are each server's own.
        if ((mirror == _origin ? _version : _version with { Tag = null, Modified = null }).IsSame(its))
            return null;
        _hasChanged = mirror == _origin;
        return new AttemptFailure(DownloadOutcome.NotProven, false, $"{mirror.Name} has another version of the file");
    }

    private void Prepare(HttpRequestHeaders headers)
    {
        if (IsAgain)
            headers.CacheControl = new CacheControlHeaderValue { NoCache = true };
    }

    /// <summary>Reads until the slice is full or the body ends.</summary>
    private int Fill(Stream body)
    {
        var filled = 0;
        while (filled < _slice.Length && body.Read(_slice, filled, _slice.Length - filled) is > 0 and var count)
        {
            filled += count;
            session.Counters.AddFetched(count);
            if (_done + filled > _furthest)
                session.Line.Advance();
        }

        return filled;
    }
}

using System.Net.Http.Headers;
using ReliableDownload.Client.Network;

namespace ReliableDownload.Client.Transfers;

/// <summary>
/// What goes on while the metadata is asked for, so that the file's first bytes come with its first digests and not two round trips later:
/// its beginning is asked for and, where the server is far away, the other connections are made. Where that fails, nothing is lost: the
/// first connection begins as the others do.
/// </summary>
internal sealed class HeadStart : IDisposable
{
    /// <summary>How much is asked for in bytes: little, since nothing is known of the line.</summary>
    public const long UsualLength = 512 << 10;

    private readonly Session _session;
    private readonly TaskCompletionSource<FileAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop;
    private readonly Thread _thread;
    private HttpResponseMessage? _response;

    private HeadStart(Session session, long length, CancellationToken cancellationToken)
    {
        (_session, Length) = (session, length);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Mirror = session.Mirrors.Main;
        Pace = new Pace(session.Options, Mirror.Address);
        Connection = new Connection(session.Requests, Mirror.Address, Pace, session.Clock);
        if (length == UsualLength)
            Mirror.Address.MakeAhead(session.ConnectionsAhead);
        _thread = new Thread(Ask) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Asks for the beginning of a file of which nothing is there yet.</summary>
    public static HeadStart Begin(Session session, CancellationToken cancellationToken) => new(session, UsualLength, cancellationToken);

    /// <summary>Asks only to learn what the server says of the file.</summary>
    public static HeadStart ForHead(Session session, CancellationToken cancellationToken) => new(session, 1, cancellationToken);

    /// <summary>How much of the file was asked for, in bytes.</summary>
    public long Length { get; }

    /// <summary>What the answer's head says of the file; it tells of failures, and never fails itself.</summary>
    public Task<FileAnswer> Answer => _answer.Task;

    /// <summary>Whom it asks.</summary>
    public Mirror Mirror { get; }

    /// <summary>The first connection of the download, which waits for the answer or has it.</summary>
    public Connection Connection { get; }

    public Pace Pace { get; }

    /// <summary>When the answer's head was there, as a timestamp.</summary>
    public long Answered { get; private set; }

    /// <summary>Whether the first connection has the file's beginning, so that the others find something else.</summary>
    public bool IsOver { get; set; }

    /// <summary>Waits for the answer; null where none came, or it was taken already.</summary>
    public HttpResponseMessage? Take()
    {
        _thread.Join();
        return Interlocked.Exchange(ref _response, null);
    }

    public void Dispose()
    {
        Mirror.Address.MakeAhead(null);
        _stop.Cancel();
        Connection.Abort();
        Take()?.Dispose();
        Connection.Dispose();
        Mirror.Address.Ready.Clear();
        _stop.Dispose();
    }

    private void Prepare(HttpRequestHeaders headers)
    {
        headers.Range = new RangeHeaderValue(0, Length - 1);
        if (_session.DoubtsCaches)
            headers.CacheControl = new CacheControlHeaderValue { NoCache = true };
    }

    private void Ask()
    {
        var given = Mirror.Place.Given;
        try
        {
            _response = Mirror.Place.Send(Connection, Prepare, _stop.Token);
            Answered = _session.Clock.GetTimestamp();
            _answer.SetResult(FileAnswer.Of(_response, given, _session.Clock.GetUtcNow()));
        }
        catch (Exception error)
        {
            // Where digests are told elsewhere, the first connection's own request will meet it again and tell.
            var failure = AttemptFailure.Of(error) ?? new AttemptFailure((error as DownloadFailedException)?.Outcome ?? DownloadOutcome.Network, false, error.Message);
            if (failure.IsSilence && Connection.IsMade)
                Pace.TakeSilence();
            Connection.Drop();
            _answer.TrySetResult(FileAnswer.Failed(given, failure));
        }
    }
}

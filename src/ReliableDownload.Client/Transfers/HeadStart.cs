using System.Net;
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
    private readonly Session _session;
    private readonly CancellationTokenSource _stop;
    private readonly Thread _thread;
    private HttpResponseMessage? _response;
    private int _connects;

    public HeadStart(Uri url, Session session, CancellationToken cancellationToken)
    {
        _session = session;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Pace = new Pace(session.Options, session.Address);
        Connection = new Connection(session.Address, Pace, session.Clock);
        session.Address.OnConnected = MakeOthers;
        _thread = new Thread(() => Ask(url)) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>How much of the file was asked for, in bytes: little, since nothing is known of the line.</summary>
    public const long Length = 512 << 10;

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
        _session.Address.OnConnected = null;
        _stop.Cancel();
        Connection.Abort();
        Take()?.Dispose();
        Connection.Dispose();
        _session.Address.Ready.Clear();
        _stop.Dispose();
    }

    private void Ask(Uri url)
    {
        try
        {
            using var request = Requests.Get(url);
            request.Headers.Range = new RangeHeaderValue(0, Length - 1);
            request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
            _response = Connection.Send(request, _stop.Token);
            Answered = _session.Clock.GetTimestamp();
        }
        catch (Exception error)
        {
            // Whatever it is, the first connection's own request will meet it again and tell.
            if (AttemptFailure.Of(error) is { IsSilence: true } && Connection.IsMade)
                Pace.TakeSilence();
            Connection.Drop();
        }
    }

    private void MakeOthers(DnsEndPoint server, IPEndPoint address)
    {
        var roundTrip = _session.Address.RoundTrip;
        if (roundTrip >= ConnectionTuner.Near && Interlocked.Increment(ref _connects) == 1)
            _session.Address.Ready.Make(ConnectionTuner.FirstNumber(_session.Options.Connections, roundTrip) - 1, server, address, _session.Address.ConnectLimit);
    }
}

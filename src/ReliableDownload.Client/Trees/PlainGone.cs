using System.Net;
using ReliableDownload.Client.Network;
using ReliableDownload.Client.Transfers;

namespace ReliableDownload.Client.Trees;

/// <summary>
/// Asks a server that is no rd-api whether it still has what none of its pages has a link to: a page may be another one than the folder's listing, or only the beginning of it.
/// Used by one thread.
/// </summary>
internal sealed class PlainGone : IDisposable
{
    private readonly TreeRun _run;
    private readonly Session _session;
    private readonly Connection _connection;
    private readonly CancellationTokenRegistration _abort;

    public PlainGone(TreeRun run, Session session)
    {
        (_run, _session) = (run, session);
        _connection = new Connection(session.Requests, session.Address, new Pace(session.Options, session.Address), session.Clock);
        _abort = run.Ended.Register(_connection.Abort);
    }

    /// <summary>Whether the server says that it has no such file or folder; whatever else it answers is no reason to delete anything.</summary>
    /// <exception cref="DownloadFailedException">It cannot be reached.</exception>
    public bool IsGone(TreePath path, bool isFolder)
    {
        var place = new FilePlace(isFolder ? _run.Address.FolderAt(path) : _run.Address.FileAt(path), _session.Requests);
        for (var failures = 1; ; failures++)
        {
            try
            {
                using var answer = place.Send(_connection, Head, _run.Ended);
                _session.Line.Advance();
                return answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone;
            }
            catch (RedirectException)
            {
                return false;
            }
            catch (Exception error) when (!_run.Ended.IsCancellationRequested && AttemptFailure.Of(error) is { } failure)
            {
                _connection.Drop();
                _session.Counters.AddRetry();
                if (_session.Line.WaitForTurn(_session.DelayAfter(failure, failures), _run.Ended))
                    _session.Line.EndProbe();
                _run.Ended.ThrowIfCancellationRequested();
            }
        }
    }

    public void Dispose()
    {
        _abort.Dispose();
        _connection.Dispose();
    }

    private HttpRequestMessage Head(Uri url)
    {
        var request = _session.Requests.Get(url);
        request.Method = HttpMethod.Head;
        return request;
    }
}

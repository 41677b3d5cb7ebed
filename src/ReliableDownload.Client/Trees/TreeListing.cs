using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using ReliableDownload.Client.Network;
using ReliableDownload.Client.Transfers;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Trees;

/// <summary>
/// The lines of a tree, in its order, each once: a stream that breaks goes on behind the last one. What is out of order, told twice, or without end is an error. Used
/// once, by one thread.
/// </summary>
internal sealed class TreeListing(Uri folder, Session session, long maxEntries, CancellationToken ended)
{
    private const string Compression = "gzip";

    private readonly byte[] _buffer = new byte[ReceivedBytes.MaxLineBytes];
    private readonly Queue<TreeAddress> _guesses = new(TreeAddress.Of(folder));
    private readonly Pace _pace = new(session.Options, session.Address);
    private TreePath? _last;
    private bool _isLastFolder;
    private TreeLine.Refused? _skipped;
    private long _total;
    private long _files;
    private long _folders;
    private long _refused;
    private int _failures;

    /// <summary>Where the server tells of the folder; null until it did.</summary>
    public TreeAddress? Address { get; private set; }

    /// <summary>In bytes: larger files are fetched by ranges.</summary>
    public int BlockSize { get; private set; }

    /// <summary>Folders, files and what was refused.</summary>
    /// <exception cref="DownloadFailedException">It cannot be had, or not to its end.</exception>
    public IEnumerable<TreeLine> Read()
    {
        using var connection = new Connection(session.Requests, session.Address, _pace, session.Clock);
        using var abort = ended.Register(connection.Abort);
        while (true)
        {
            ReceivedBytes? lines = null;
            using var answer = Try(() => Open(connection), out var failure);
            if (failure is null && answer is not null)
                lines = new ReceivedBytes(BodyOf(answer), _buffer, _ => session.Line.Hear());
            (_files, _folders, _refused) = (0, 0, 0);
            while (lines is not null && failure is null)
            {
                var line = Try(() => Next(lines), out failure);
                if (line is TreeLine.End)
                    yield break;
                if (line is TreeLine.Folder or TreeLine.File or TreeLine.Refused)
                    yield return line;
            }

            if (failure is not null)
                Wait(connection, failure);
        }
    }

    private T? Try<T>(Func<T> attempt, out AttemptFailure? failure)
        where T : class?
    {
        try
        {
            failure = null;
            return attempt();
        }
        catch (TreeRefusedException refused)
        {
            failure = refused.Failure;
        }
        catch (ProtocolException error)
        {
            failure = new AttemptFailure(DownloadOutcome.Protocol, true, error.Message);
        }
        catch (InvalidDataException)
        {
            failure = new AttemptFailure(DownloadOutcome.Protocol, true, "the compressed list of files came damaged");
        }
        catch (EndOfStreamException)
        {
            failure = new AttemptFailure(DownloadOutcome.Network, true, "the list of files was cut");
        }
        catch (Exception error) when (!ended.IsCancellationRequested && AttemptFailure.Of(error) is { } reason)
        {
            failure = reason;
        }

        return null;
    }

    /// <returns>Null where something else is to be asked.</returns>
    private HttpResponseMessage? Open(Connection connection)
    {
        var address = Address ?? _guesses.Peek();
        var place = new FilePlace(address.After(_last, _isLastFolder), session.Requests);
        var answer = place.Send(connection, Prepare, ended);
        if (answer.StatusCode == HttpStatusCode.OK && answer.Content.Headers.ContentType?.MediaType == Wire.StreamMediaType)
        {
            Address = address;
            return answer;
        }

        using (answer)
        {
            var failure = answer.StatusCode == HttpStatusCode.OK ? new AttemptFailure(DownloadOutcome.Protocol, false, "") : AttemptFailure.Of(answer, session.Clock.GetUtcNow());
            connection.Drop();
            if (failure.IsTemporary || Address is not null || failure.Outcome == DownloadOutcome.NotAllowed)
                throw new TreeRefusedException(failure);
            if (_guesses.Count > 1)
            {
                _guesses.Dequeue();
                return null;
            }

            throw new DownloadFailedException(
                failure.Outcome, $"there is no folder of an rd-api at the URL{(failure.Message.Length > 0 ? $" ({failure.Message})" : "")}; look at it, or use --recursive-plain for another server's listing");
        }
    }

    // Compressed it takes a quarter of the bytes, and so of the round trips with which a connection begins.
    private static void Prepare(HttpRequestHeaders headers)
    {
        headers.Accept.Add(new MediaTypeWithQualityHeaderValue(Wire.StreamMediaType));
        headers.AcceptEncoding.Clear();
        headers.AcceptEncoding.Add(new StringWithQualityHeaderValue(Compression));
    }

    private Stream BodyOf(HttpResponseMessage answer)
    {
        var body = LimitedStream.Of(answer.Content.ReadAsStream(ended), session.Options.RateLimit, ended);
        return answer.Content.Headers.ContentEncoding.Contains(Compression) ? new GZipStream(body, CompressionMode.Decompress) : body;
    }

    private TreeLine Next(ReceivedBytes lines)
    {
        var line = TreeLineReader.OfTree(lines.ReadLine());
        switch (line)
        {
            case TreeLine.Head head:
                BlockSize = head.BlockSize;
                break;
            case TreeLine.Folder { Path: var path }:
                _folders++;
                Take(path, isFolder: true);
                break;
            case TreeLine.File { Path: var path }:
                _files++;
                Take(path, isFolder: false);
                break;
            case TreeLine.Refused { IsByServer: false }:
                _refused++;
                Count();
                break;
            case TreeLine.Refused skipped:
                Count();
                // A list that was cut goes on behind the last file or folder, and tells these once more.
                if (_skipped is { } last && (skipped.Path is { } name && last.Path is { } before ? name.CompareWith(before) <= 0 : skipped.Name == last.Name))
                    return new TreeLine.Wait();
                _skipped = skipped;
                break;
            case TreeLine.End end when _files > end.Files || _folders > end.Folders:
                throw new DownloadFailedException(DownloadOutcome.Protocol, "the server's list of files has more than it says at its end");
            // A line that is lost must not look like a file that is gone. What would follow the last line is asked for in vain.
            case TreeLine.End end when _files + _folders + _refused < end.Files + end.Folders:
                throw new DownloadFailedException(DownloadOutcome.Protocol, "the server's list has fewer files than it says at its end");
            case TreeLine.Error error:
                throw new TreeRefusedException(error.RetryAfter is { } wait
                    ? AttemptFailure.Overload($"the server says: {error.Message}", wait)
                    : new AttemptFailure(DownloadOutcome.Http, true, $"the server says: {error.Message}"));
            default:
                break;
        }

        return line;
    }

    private void Take(TreePath path, bool isFolder)
    {
        if (BlockSize == 0)
            throw new ProtocolException("the server's list of files begins without its first line");
        if (_last is not null && path.CompareWith(_last) <= 0)
            throw new DownloadFailedException(DownloadOutcome.Protocol, $"the server's list of files is not in order: '{path}' comes behind '{_last}'");
        (_last, _isLastFolder) = (path, isFolder);
        _failures = 0;
        session.Line.Advance();
        Count();
    }

    private void Count()
    {
        if (++_total > maxEntries)
            throw new DownloadFailedException(DownloadOutcome.Protocol, $"the server's list has more than {maxEntries} files and folders; if that is right, allow more with --max-entries");
    }

    private void Wait(Connection connection, AttemptFailure failure)
    {
        connection.Drop();
        session.Counters.AddRetry();
        if (failure.IsSilence)
            _pace.TakeSilence();
        if (++_failures >= session.Options.MaxAttempts && failure.IsWrongAnswer)
            throw new DownloadFailedException(failure.Outcome, failure.Message);
        if (session.Line.WaitForTurn(session.DelayAfter(failure, _failures), ended))
            session.Line.EndProbe();
        ended.ThrowIfCancellationRequested();
    }
}

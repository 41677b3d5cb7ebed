using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using ReliableDownload.Client.Network;
using ReliableDownload.Client.Transfers;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Metadata;

/// <summary>
/// What the server says of one file: the file first, then digests as they become known, the end or a change last. Broken
/// connections are made again and go on behind the last digest told; an rd-api 1.x is polled. One reader.
/// </summary>
/// <param name="place">Where the metadata should be.</param>
/// <param name="isFileOptional">Whether one attempt is enough to learn that the server cannot be reached.</param>
/// <param name="isDistrustful">
/// Whether the digests that were told before cannot be right: caches on the way and the server's own are not to be used (RFC 9111, 5.2.1.4).
/// </param>
internal sealed class ManifestSource(MetadataPlace place, Session session, bool isFileOptional, bool isDistrustful) : IDisposable
{
    // The server is silent for two seconds at the most; more is a lossy line, and this is a dead one.
    private static readonly TimeSpan StreamStallLimit = 3 * Wire.MaxSilence;

    private static readonly TimeSpan FirstPollDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan MaxPollDelay = TimeSpan.FromSeconds(10);

    private readonly SideConnection _connection = new(session);
    private StreamLine.File? _file;
    private IMetadataLines? _answer;
    private TimeSpan _pollDelay = FirstPollDelay;
    private readonly ServerHashing _hashing = new(session);
    private int _failures;

    /// <summary>The block behind the last one that a line told of.</summary>
    private int _next;

    /// <summary>Whether it failed because nothing there looks like metadata of the file.</summary>
    public bool IsRefused { get; private set; }

    /// <param name="untilOpen">Ends it as long as nothing was told.</param>
    /// <exception cref="DownloadFailedException">The server said that there is no such file, no attempt is left, or no digest became known for too long.</exception>
    public async IAsyncEnumerable<StreamLine> ReadAsync(CancellationToken untilOpen, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var opening = CancellationTokenSource.CreateLinkedTokenSource(untilOpen, cancellationToken);
        while (true)
        {
            var token = _file is null ? opening.Token : cancellationToken;
            var (line, failure) = await AttemptAsync(token);
            if (failure is not null)
                await DelayAsync(failure, token);
            else if (line is null)
                await WaitForPollAsync(cancellationToken);
            else if (IsNews(ref line))
                yield return line;
            if (line is StreamLine.End or StreamLine.Changed)
                yield break;
        }
    }

    public void Dispose()
    {
        _answer?.Dispose();
        _connection.Dispose();
    }

    private async Task<(StreamLine? Line, AttemptFailure? Failure)> AttemptAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_answer is null && await OpenAsync(cancellationToken) is { } refusal)
                return refusal;
            var line = await _answer!.NextAsync(cancellationToken);
            if (line is StreamLine.Error { Message: var message })
                return (null, new AttemptFailure(DownloadOutcome.Http, _file is not null || _answer is StreamLines, $"the server says: {message}"));
            if (line is StreamLine.Tree)
            {
                // The stream is not the file's, so it has not begun.
                CloseAnswer();
                return (null, new AttemptFailure(DownloadOutcome.Http, false, "it is a folder of the server, and no file"));
            }

            if (line is not null || _answer is ClassicLines)
                return (line, null);
            return (null, new AttemptFailure(DownloadOutcome.Network, true, "the metadata stream was cut"));
        }
        catch (ProtocolException error)
        {
            return (null, new AttemptFailure(DownloadOutcome.Protocol, true, error.Message));
        }
        catch (Exception error) when (AttemptFailure.Of(error) is not null)
        {
            return (null, AttemptFailure.Of(error));
        }
    }

    private async Task<(StreamLine?, AttemptFailure?)?> OpenAsync(CancellationToken cancellationToken)
    {
        var response = await SendAsync(place.Request(_next, _file?.Version), cancellationToken);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            // There is one connection only: an answer that is not read must set it free for the next attempt.
            using (response)
                return response.StatusCode == HttpStatusCode.Conflict && _file is not null ? (new StreamLine.Changed(), null) : (null, AttemptFailure.Of(response, session.Clock.GetUtcNow()));
        }

        var type = response.Content.Headers.ContentType?.MediaType;
        var limit = type == Wire.StreamMediaType && StreamStallLimit < session.Options.StallLimit ? StreamStallLimit : session.Options.StallLimit;
        var body = new StallStream(await response.Content.ReadAsStreamAsync(cancellationToken), limit);
        _answer = type switch
        {
            Wire.StreamMediaType => new StreamLines(body),
            Wire.ClassicMediaType => new ClassicLines(body),
            _ => null,
        };
        _hashing.BeginAnswer(_answer is StreamLines ? _next : 0);
        if (_answer is not null)
            return null;
        response.Dispose();
        return (null, new AttemptFailure(DownloadOutcome.Protocol, place.IsTold, $"the metadata came as {type ?? "nothing known"}: is this an rd-api?"));
    }

    private Task<HttpResponseMessage> SendAsync(Uri url, CancellationToken cancellationToken) => _connection.GetAsync(
        url,
        headers =>
        {
            headers.Accept.Clear();
            headers.Accept.ParseAdd($"{Wire.StreamMediaType}, {Wire.ClassicMediaType};q=0.5");
            // Once: what the server then calculates anew is what the next requests are about.
            if (isDistrustful && _file is null)
                headers.CacheControl = new CacheControlHeaderValue { NoCache = true };
            else if (session.DoubtsCaches)
                headers.CacheControl = new CacheControlHeaderValue { MaxAge = TimeSpan.Zero };
        },
        cancellationToken);

    private bool IsNews(ref StreamLine line)
    {
        switch (line)
        {
            case StreamLine.File file when _file is null:
                _file = file;
                Advance();
                return true;
            case StreamLine.File file when file.Layout == _file.Layout && file.Version == _file.Version && file.Algorithm == _file.Algorithm:
                return false;
            case StreamLine.File:
                line = new StreamLine.Changed();
                return true;
            case not StreamLine.Changed when _file is null:
                throw new DownloadFailedException(DownloadOutcome.Protocol, "the metadata begins without the file");
            case StreamLine.Blocks blocks:
                var count = blocks.Digests.Length / _file.Algorithm.Size;
                _next = Math.Max(_next, blocks.First + count);
                if (_hashing.Take(blocks.First, count))
                    Advance();
                return true;
            case StreamLine.Wait wait:
                if (_hashing.Take(wait))
                    Advance();
                else
                    _hashing.GoOn();
                return false;
            default:
                Advance();
                return true;
        }
    }

    // Only what is new is progress: a server or a proxy that cuts each answer behind its first line would else never be given up.
    private void Advance()
    {
        // Where the connections for data have trouble, news of digests does not end it.
        if (_failures > 0 || session.Line.Trouble is null)
            session.Line.Advance();
        _failures = 0;
    }

    private async Task WaitForPollAsync(CancellationToken cancellationToken)
    {
        CloseAnswer();
        _hashing.GoOn();
        await Task.Delay(_pollDelay, session.Clock, cancellationToken);
        _pollDelay = TimeSpan.FromSeconds(Math.Min(MaxPollDelay.TotalSeconds, _pollDelay.TotalSeconds * 1.5));
    }

    private async Task DelayAsync(AttemptFailure failure, CancellationToken cancellationToken)
    {
        var isStream = _answer is StreamLines;
        CloseAnswer();
        _failures++;
        if (_file is null && !isStream && failure.Outcome is DownloadOutcome.Http or DownloadOutcome.NotAllowed or DownloadOutcome.Protocol)
            IsRefused = !failure.IsTemporary || _failures >= place.MaxRefusals;
        var isCut = _file is null && failure.Outcome == DownloadOutcome.Network;
        var hasOthers = session.Mirrors.Count > 1;
        // Many servers and firewalls close where they know nothing. While the file itself comes, and names no digests, that is a refusal and no outage.
        var isUp = isCut && !isStream && !isFileOptional && place.IsAtRoot && (hasOthers || _failures % place.MaxRefusals == 0)
            && await _connection.AskForFileAsync(cancellationToken) is { Failure: null, Digests: null };
        IsRefused |= isUp && _failures >= place.MaxRefusals;
        if (IsRefused || (isCut && (isFileOptional || (hasOthers && !isUp))))
            throw new DownloadFailedException(failure.Outcome, failure.Message);
        session.Counters.AddRetry();
        await Task.Delay(session.DelayAfter(failure, _failures), session.Clock, cancellationToken);
    }

    private void CloseAnswer()
    {
        _answer?.Dispose();
        _answer = null;
    }
}

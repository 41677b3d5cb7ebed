using System.Net;
using System.Runtime.CompilerServices;
using ReliableDownload.Client.Network;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Metadata;

/// <summary>
/// What the server says of one file: the file first, then digests as they become known, the end or a change last. Broken
/// connections are made again and go on behind the last digest told; an rd-api 1.x is polled. One reader.
/// </summary>
/// <param name="attemptsForFile">Attempts that the first line may take; for what follows the options say it.</param>
internal sealed class ManifestSource(
    Uri url, DownloadOptions options, int attemptsForFile, TimeProvider clock, Action<AttemptFailure, TimeSpan> onRetry) : IDisposable
{
    private static readonly TimeSpan FirstPollDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan MaxPollDelay = TimeSpan.FromSeconds(10);

    private readonly HttpMessageInvoker _http = new(Connection.NewHandler(options));
    private readonly RetryPolicy _policy = new(options);
    private StreamLine.File? _file;
    private IMetadataLines? _answer;
    private TimeSpan _pollDelay = FirstPollDelay;
    private int _failures;

    /// <summary>The first block that no line told of yet.</summary>
    private int _next;

    /// <exception cref="DownloadFailedException">The server said that there is no such file, or no attempt is left.</exception>
    public async IAsyncEnumerable<StreamLine> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var (line, failure) = await AttemptAsync(cancellationToken);
            if (failure is not null)
                await DelayAsync(failure, cancellationToken);
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
        _http.Dispose();
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
        var request = Connection.NewRequest(MetadataUrl.Of(url, _next, _file?.Version));
        request.Headers.Accept.ParseAdd($"{Wire.StreamMediaType}, {Wire.ClassicMediaType};q=0.5");
        var response = await SendAsync(request, cancellationToken);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            // There is one connection only: an answer that is not read must set it free for the next attempt.
            using (response)
                return response.StatusCode == HttpStatusCode.Conflict ? (new StreamLine.Changed(), null) : (null, AttemptFailure.Of(response, clock.GetUtcNow()));
        }

        // A server that has nothing to tell says so every two seconds.
        var body = new StallStream(await response.Content.ReadAsStreamAsync(cancellationToken), options.StallLimit);
        var type = response.Content.Headers.ContentType?.MediaType;
        _answer = type switch
        {
            Wire.StreamMediaType => new StreamLines(body),
            Wire.ClassicMediaType => new ClassicLines(body),
            _ => null,
        };
        if (_answer is not null)
            return null;
        response.Dispose();
        return (null, new AttemptFailure(DownloadOutcome.Protocol, true, $"the metadata came as {type ?? "nothing known"}: is this an rd-api?"));
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stall.CancelAfter(options.StallLimit);
        try
        {
            return await _http.SendAsync(request, stall.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException();
        }
    }

    private bool IsNews(ref StreamLine line)
    {
        switch (line)
        {
            case StreamLine.File file when _file is null:
                _file = file;
                return true;
            case StreamLine.File file when file.Layout == _file.Layout && file.Version == _file.Version && file.Algorithm == _file.Algorithm:
                return false;
            case StreamLine.File:
                line = new StreamLine.Changed();
                return true;
            case not StreamLine.Changed when _file is null:
                throw new DownloadFailedException(DownloadOutcome.Protocol, "the metadata begins without the file");
            case StreamLine.Blocks blocks:
                _next = Math.Max(_next, blocks.First + (blocks.Digests.Length / _file.Algorithm.Size));
                _failures = 0;
                return true;
            default:
                return line is not StreamLine.Wait;
        }
    }

    private async Task WaitForPollAsync(CancellationToken cancellationToken)
    {
        CloseAnswer();
        await Task.Delay(_pollDelay, clock, cancellationToken);
        _pollDelay = TimeSpan.FromSeconds(Math.Min(MaxPollDelay.TotalSeconds, _pollDelay.TotalSeconds * 1.5));
    }

    private async Task DelayAsync(AttemptFailure failure, CancellationToken cancellationToken)
    {
        CloseAnswer();
        _failures++;
        var delay = (_file is null && _failures >= attemptsForFile ? null : _policy.DelayAfter(failure, _failures, Random.Shared.NextDouble()))
            ?? throw new DownloadFailedException(failure.Outcome, failure.Message);
        onRetry(failure, delay);
        await Task.Delay(delay, clock, cancellationToken);
    }

    private void CloseAnswer()
    {
        _answer?.Dispose();
        _answer = null;
    }
}

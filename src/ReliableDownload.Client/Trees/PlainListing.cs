using System.Net;
using System.Text;
using ReliableDownload.Client.Network;
using ReliableDownload.Client.Transfers;

namespace ReliableDownload.Client.Trees;

/// <summary>
/// The tree of a server that is no rd-api, by the links of its pages: only those to the same origin and below the folder, each folder's in the order of a tree. It knows no sizes
/// and no digests. Used once, by one thread.
/// </summary>
internal sealed class PlainListing(Uri folder, Session session, long maxEntries, CancellationToken ended)
{
    /// <summary>What is told of a file: nothing.</summary>
    public static readonly FileFacts Unknown = new(-1, null, null, null, null);

    // In bytes: a page of 200,000 links.
    private const int MaxPage = 64 << 20;

    private readonly Pace _pace = new(session.Options, session.Address);
    private readonly Uri _base = new(folder.GetLeftPart(UriPartial.Path));
    private long _total;

    /// <summary>Folders and files.</summary>
    /// <exception cref="DownloadFailedException">A page cannot be had.</exception>
    public IEnumerable<TreeLine> Read()
    {
        using var connection = new Connection(session.Requests, session.Address, _pace, session.Clock);
        using var abort = ended.Register(connection.Abort);
        foreach (var line in Read(connection, null))
            yield return line;
    }

    private IEnumerable<TreeLine> Read(Connection connection, TreePath? path)
    {
        string? page = null;
        TreeLine? refused = null;
        try
        {
            page = Page(connection, path is null ? folder : new Uri($"{_base.AbsoluteUri}{path.Url}/{folder.Query}"));
        }
        catch (DownloadFailedException error) when (path is not null && error.Outcome is DownloadOutcome.Http or DownloadOutcome.NotAllowed or DownloadOutcome.Protocol)
        {
            refused = new TreeLine.Refused(path!.Text, error.Message, IsByServer: true);
        }

        if (refused is not null)
            yield return refused;
        if (page is null)
            yield break;
        var found = new SortedDictionary<TreePath, bool>(TreePath.Order);
        var refusals = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var href in HtmlLinks.In(page))
        {
            if (Target(href, path) is not var (name, isFolder))
                continue;
            if (TreePath.Parse(name, out var problem) is { } below)
                found.TryAdd(below, isFolder);
            else
                refusals.TryAdd(TreeLineReader.Shortened(name), problem);
        }

        foreach (var (name, problem) in refusals)
        {
            Count();
            yield return new TreeLine.Refused(name, problem, IsByServer: false);
        }

        foreach (var (below, isFolder) in found)
        {
            Count();
            yield return isFolder ? new TreeLine.Folder(below) : new TreeLine.File(below, Unknown);
            if (!isFolder)
                continue;
            foreach (var line in Read(connection, below))
                yield return line;
        }
    }

    private void Count()
    {
        if (++_total > maxEntries)
            throw new DownloadFailedException(DownloadOutcome.Protocol, $"the server's pages have more than {maxEntries} files and folders; if that is right, allow more with --max-entries");
    }

    /// <summary>What a link leads to, as a URL has it, if it is directly in the page's folder.</summary>
    private (string Path, bool IsFolder)? Target(string href, TreePath? path)
    {
        var page = path is null ? _base : new Uri($"{_base.AbsoluteUri}{path.Url}/");
        // Links with a query sort the page, or are no files.
        if (href.Length == 0 || !Uri.TryCreate(page, href, out var url) || url.Query.Length > 0 || !IsBelow(url, page))
            return null;
        var relative = url.AbsolutePath[page.AbsolutePath.Length..];
        var name = relative.TrimEnd('/');
        // Bytes that are not ASCII are encoded already.
        return name.Length == 0 || name.Contains('/') ? null : (path is null ? name : $"{path.Url}/{name}", relative.EndsWith('/'));
    }

    private static bool IsBelow(Uri url, Uri page) => RedirectTrail.IsSameOrigin(url, page) && url.AbsolutePath.StartsWith(page.AbsolutePath, StringComparison.Ordinal);

    private string Page(Connection connection, Uri url)
    {
        for (var failures = 1; ; failures++)
        {
            AttemptFailure failure;
            try
            {
                using var answer = new FilePlace(url, session.Requests).Send(connection, headers => headers.Accept.ParseAdd("text/html"), ended);
                if (answer.StatusCode == HttpStatusCode.OK && answer.Content.Headers.ContentType?.MediaType is "text/html" or "application/xhtml+xml" && IsBelow(answer.RequestMessage!.RequestUri!, _base))
                    return Text(LimitedStream.Of(answer.Content.ReadAsStream(ended), session.Options.RateLimit, ended));
                connection.Drop();
                failure = answer.StatusCode != HttpStatusCode.OK ? AttemptFailure.Of(answer, session.Clock.GetUtcNow())
                    : new AttemptFailure(DownloadOutcome.Protocol, false, "there is no listing in HTML at this URL, or it leads elsewhere");
            }
            catch (Exception error) when (!ended.IsCancellationRequested && AttemptFailure.Of(error) is { } reason)
            {
                failure = reason;
            }

            connection.Drop();
            session.Counters.AddRetry();
            if (failures >= session.Options.MaxAttempts && failure.Outcome is DownloadOutcome.Http or DownloadOutcome.Protocol)
                throw new DownloadFailedException(failure.Outcome, failure.Message);
            if (session.Line.WaitForTurn(session.DelayAfter(failure, failures), ended))
                session.Line.EndProbe();
            ended.ThrowIfCancellationRequested();
        }
    }

    private string Text(Stream body)
    {
        using var page = new MemoryStream();
        var slice = new byte[64 << 10];
        for (int count; (count = body.Read(slice)) > 0;)
        {
            page.Write(slice, 0, count);
            if (page.Length > MaxPage)
                throw new DownloadFailedException(DownloadOutcome.Protocol, $"a page of the server has more than {MaxPage >> 20} MiB");
        }

        session.Line.Advance();
        return Encoding.UTF8.GetString(page.GetBuffer(), 0, (int)page.Length);
    }
}

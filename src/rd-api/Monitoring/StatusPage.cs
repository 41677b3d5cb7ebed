using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;

namespace ReliableDownload.Api.Monitoring;

/// <summary>The status for people: a page without scripts that loads itself again.</summary>
internal static class StatusPage
{
    private const int RefreshSeconds = 3;
    private const int Mebibyte = 1 << 20;

    private const string Style = """
        :root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif }
        body { margin: 1rem auto; max-width: 75rem; padding: 0 1rem }
        table { border-collapse: collapse; width: 100% }
        th, td { padding: .25rem .5rem; text-align: left; border-bottom: 1px solid #8884; overflow-wrap: anywhere }
        td.number, th.number { text-align: right; white-space: nowrap }
        .bad { color: light-dark(#b00020, #ff8a8a); font-weight: 600 }
        """;

    /// <summary>Nothing but the page's own style is allowed: targets are untrusted text.</summary>
    public static readonly string ContentSecurityPolicy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static string Write(StatusReport status)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <meta http-equiv="refresh" content="{RefreshSeconds}">
            <title>rd-api: {status.RequestCount} requests</title>
            <style>{Style}</style>
            </head>
            <body>
            <h1>rd-api {Text(ProductVersion.Number)}</h1>
            <p>Serving {Text(status.Root)} for {Duration(status.Uptime)}, {Size(status.Memory)} of memory. Digest cache: {Text(status.Cache)}{(status.CacheBytes is { } size ? $", {Size(size)}" : "")}{(status.IsCacheUp ? "" : ", <span class=\"bad\">cannot be used now</span>")}.</p>

            """);
        foreach (var name in status.Ended)
            page.Append($"<p class=\"bad\">{Text(name)} has failed and is being restarted.</p>\n");
        Requests(page, status);
        Jobs(page, status);
        Problems(page, status);
        page.Append("</body>\n</html>\n");
        return page.ToString();
    }

    private static void Requests(StringBuilder page, StatusReport status)
    {
        page.Append(CultureInfo.InvariantCulture, $"<h2>Requests: {status.RequestCount}</h2>\n");
        if (status.Requests.Count == 0)
            return;
        page.Append("<table>\n<thead><tr><th>Client</th><th>Request</th><th class=\"number\">Sent</th><th class=\"number\">Of</th><th class=\"number\">Per second</th><th class=\"number\">For</th></tr></thead>\n<tbody>\n");
        foreach (var request in status.Requests)
        {
            var speed = request.BytesSent / Math.Max(request.Elapsed.TotalSeconds, 0.001);
            page.Append($"<tr><td>{Text(request.Client?.ToString() ?? "")}</td><td><bdi>{Text($"{request.Method} {request.Target}")}</bdi></td>"
                + $"<td class=\"number\">{Size(request.BytesSent)}</td><td class=\"number\">{(request.Length is { } length ? Size(length) : "")}</td>"
                + $"<td class=\"number\">{Size((long)speed)}</td><td class=\"number\">{Duration(request.Elapsed)}</td></tr>\n");
        }

        page.Append("</tbody>\n</table>\n");
    }

    private static void Jobs(StringBuilder page, StatusReport status)
    {
        var counts = status.Counts;
        page.Append(CultureInfo.InvariantCulture, $"""
            <h2>Hashing: {counts.Jobs} files</h2>
            <p>Hashed since the start: {Size(counts.HashedBytes)}. Digests came {counts.FromMemory} times from memory, {counts.FromStore} times from the cache, {counts.FromHashing} times from hashing.</p>

            """);
        if (status.Jobs.Count == 0)
            return;
        page.Append("<table>\n<thead><tr><th>File</th><th class=\"number\">Blocks</th><th class=\"number\">Known</th><th>Awaited</th></tr></thead>\n<tbody>\n");
        foreach (var job in status.Jobs)
        {
            var (known, blocks) = (job.Digests.KnownCount, job.Digests.Layout.BlockCount);
            page.Append(CultureInfo.InvariantCulture, $"<tr><td><bdi>{Text(job.Path.Text)}</bdi></td><td class=\"number\">{blocks}</td><td class=\"number\">{100L * known / Math.Max(blocks, 1)} %</td><td>{(job.Digests.HasReaders ? "yes" : "no")}</td></tr>\n");
        }

        page.Append("</tbody>\n</table>\n");
    }

    private static void Problems(StringBuilder page, StatusReport status)
    {
        page.Append(CultureInfo.InvariantCulture, $"<h2>Warnings and errors of the last hour: {(status.Problems.Count == Limits.Problems ? "the newest " : "")}{status.Problems.Count}</h2>\n");
        if (status.Problems.Count == 0)
            return;
        page.Append("<table>\n<tbody>\n");
        foreach (var problem in status.Problems)
            page.Append(CultureInfo.InvariantCulture, $"<tr><td><time datetime=\"{problem.Time:O}\">{problem.Time:HH:mm:ss} UTC</time></td><td><bdi>{Text(problem.Text)}</bdi></td></tr>\n");
        page.Append("</tbody>\n</table>\n");
    }

    private static string Text(string text) =>
        HtmlEncoder.Default.Encode(string.Create(text.Length, text, static (shown, text) =>
        {
            for (var i = 0; i < text.Length; i++)
                shown[i] = TerminalText.IsUnsafe(text[i]) ? '\uFFFD' : text[i];
        }));

    private static string Size(long bytes) => bytes < Mebibyte
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:F1} KiB")
        : string.Create(CultureInfo.InvariantCulture, $"{(double)bytes / Mebibyte:N1} MiB");

    private static string Duration(TimeSpan time) => time < TimeSpan.FromMinutes(1)
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F1} s")
        : string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours}:{time:mm\\:ss}");
}

using System.Text.RegularExpressions;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi;

/// <summary>Requests that no honest client sends: each is refused or cut, none reaches what it is after, and none makes the server grow.</summary>
public sealed partial class EvilRequestsTests(EvilRequestsTests.Victim victim) : IClassFixture<EvilRequestsTests.Victim>
{
    private const string Next = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
    private const int Times = 30;

    public static TheoryData<string, string> Refused => new()
    {
        // Smuggling: two readers must not disagree on where a request ends.
        { "both a length and chunks", $"GET /file HTTP/1.1\r\nHost: x\r\nContent-Length: {Next.Length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{Next}" },
        { "two lengths that differ", $"POST /file HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: {Next.Length}\r\n\r\n{Next}" },
        { "two lengths in one header", $"POST /file HTTP/1.1\r\nHost: x\r\nContent-Length: 0, {Next.Length}\r\n\r\n{Next}" },
        { "a length with a sign", $"POST /file HTTP/1.1\r\nHost: x\r\nContent-Length: +{Next.Length}\r\n\r\n{Next}" },
        { "a length that is negative", "POST /file HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n" },
        { "a length beyond all numbers", "POST /file HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n" },
        { "an unknown coding", "GET /file HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n" },
        { "chunks that are not last", "POST /file HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n" },
        { "a space before the colon", $"GET /file HTTP/1.1\r\nHost: x\r\nContent-Length : {Next.Length}\r\n\r\n{Next}" },
        { "a folded header", "GET /file HTTP/1.1\r\nHost: x\r\nX-One: a\r\n b\r\n\r\n" },
        { "a header without a name", "GET /file HTTP/1.1\r\nHost: x\r\n: a\r\n\r\n" },
        { "a header without a colon", "GET /file HTTP/1.1\r\nHost: x\r\nNonsense\r\n\r\n" },
        { "NUL in a header", "GET /file HTTP/1.1\r\nHost: x\r\nX-One: a\0b\r\n\r\n" },
        { "a bare carriage return in a header", "GET /file HTTP/1.1\r\nHost: x\r\nX-One: a\rX-Two: b\r\n\r\n" },
        { "NUL in the path", "GET /file\0.txt HTTP/1.1\r\nHost: x\r\n\r\n" },
        { "a control character in a query that a redirect repeats", "GET /folder?\u0001 HTTP/1.1\r\nHost: x\r\n\r\n" },
        { "a control character in a query that a link repeats", "GET /file?signature=\u0001 HTTP/1.1\r\nHost: x\r\n\r\n" },
        { "NUL in the path, encoded", "GET /file%00.txt HTTP/1.1\r\nHost: x\r\n\r\n" },

        // Ways out of the root.
        { "dots", "GET /../secret HTTP/1.1\r\nHost: x\r\n\r\n" },
        { "encoded dots", "GET /%2e%2e/secret HTTP/1.1\r\nHost: x\r\n\r\n" },
        { "encoded slashes", "GET /..%2fsecret HTTP/1.1\r\nHost: x\r\n\r\n" },
        { "dots encoded twice", "GET /%252e%252e%252fsecret HTTP/1.1\r\nHost: x\r\n\r\n" },
        { "overlong UTF-8", "GET /%c0%ae%c0%ae/secret HTTP/1.1\r\nHost: x\r\n\r\n" },
        { "backslashes", "GET /..\\secret HTTP/1.1\r\nHost: x\r\n\r\n" },
        { "dots below the metadata", "GET /rd/../../secret HTTP/1.1\r\nHost: x\r\n\r\n" },
        { "no slash before dots", "GET ../secret HTTP/1.1\r\nHost: x\r\n\r\n" },
        { "a link out of the root", "GET /out HTTP/1.1\r\nHost: x\r\n\r\n" },
        { "half an escape", "GET /file%2 HTTP/1.1\r\nHost: x\r\n\r\n" },

        // Other hosts and methods.
        { "another host's proxy", "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n" },
        { "another host's file", "GET http://example.org/secret HTTP/1.1\r\nHost: x\r\n\r\n" },
        { "no host", "GET /file HTTP/1.1\r\n\r\n" },
        { "two hosts", "GET /file HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n" },
        { "a host that is none", "GET /file HTTP/1.1\r\nHost: a b\r\n\r\n" },
        { "writing", "PUT /new HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx" },
        { "removing", "DELETE /file HTTP/1.1\r\nHost: x\r\n\r\n" },
        { "echoing", "TRACE /file HTTP/1.1\r\nHost: x\r\n\r\n" },
        { "HTTP/2 without TLS", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" },
        { "a version of the future", "GET /file HTTP/9.9\r\nHost: x\r\n\r\n" },
        { "no HTTP", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\r\n\r\n" },

        // Too much.
        { "a path without end", $"GET /{new string('a', 20_000)} HTTP/1.1\r\nHost: x\r\n\r\n" },
        { "a header without end", $"GET /file HTTP/1.1\r\nHost: x\r\nX-One: {new string('a', 70_000)}\r\n\r\n" },
        { "headers without end", $"GET /file HTTP/1.1\r\nHost: x\r\n{string.Concat(Enumerable.Range(0, 2000).Select(i => $"X-{i}: a\r\n"))}\r\n" },
        { "a body without end", "POST /file HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n" },
        { "chunks of nonsense", "POST /file HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n0\r\n\r\n" },
        { "metadata from a block beyond all numbers", "GET /rd/file?from=99999999999999999999 HTTP/1.1\r\nHost: x\r\nAccept: application/x-ndjson\r\n\r\n" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Each_is_answered_with_4xx_or_cut(string what, string request)
    {
        var answers = await SendAsync(request);
        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: {StatusLine.Match(answers)}");
        Assert.DoesNotContain("the secret", answers);
        Assert.DoesNotContain("smuggled content", answers);
        Assert.All(StatusLine.Matches(answers), status => Assert.Matches("^HTTP/1.1 (4|505)", status.Value));
    }

    [Fact]
    public async Task A_list_of_thousands_of_ranges_costs_no_more_than_the_file()
    {
        var ranges = string.Join(',', Enumerable.Range(0, 3000).Select(i => $"{i % 5}-"));
        var answer = await SendAsync($"GET /file HTTP/1.1\r\nHost: x\r\nRange: bytes={ranges}\r\nConnection: close\r\n\r\n");
        Assert.Matches("^HTTP/1.1 (200|206|416) ", answer);
        Assert.InRange(answer.Length, 1, 20_000);
    }

    [Fact]
    public async Task All_of_them_together_leave_the_memory_and_the_answers_as_they_were()
    {
        var requests = Refused.Select(row => row.Data.Item2).ToList();
        foreach (var request in requests)
            await SendAsync(request);
        var before = victim.Server.Process.Status().ResidentBytes;
        for (var i = 0; i < Times; i++)
            await Task.WhenAll(requests.Select(SendAsync));

        // Many at once without reading an answer, requests that never end, and bytes that come one by one.
        var strangers = new List<RawConnection>();
        for (var i = 0; i < 50; i++)
        {
            var stranger = await RawConnection.OpenAsync(victim.Server.BaseAddress, receiveBuffer: 4096);
            strangers.Add(stranger);
            await stranger.SendAsync(i % 2 == 0 ? string.Concat(Enumerable.Repeat("GET /file HTTP/1.1\r\nHost: x\r\n\r\n", 500)) : "GET /file HTTP/1.1\r\nX-Slow: ");
        }

        foreach (var slow in strangers.Where((_, i) => i % 2 == 1))
            await slow.SendAsync("a");
        var grown = victim.Server.Process.Status().ResidentBytes - before;
        Assert.EndsWith("content of the file", await RawConnection.GetAsync(victim.Server.BaseAddress, "/file"));
        foreach (var stranger in strangers)
            stranger.Reset();
        Assert.InRange(grown, long.MinValue, 40 << 20);
        Assert.DoesNotMatch(" (warn|error) ", victim.Server.Process.Error.Text);
    }

    /// <summary>All that is answered, also where the connection is cut then.</summary>
    private async Task<string> SendAsync(string request)
    {
        await using var connection = await RawConnection.OpenAsync(victim.Server.BaseAddress);
        var answers = "";
        try
        {
            await connection.SendAsync(request);
            answers = await connection.ReadSomeAsync();
            // What was smuggled would be answered before this.
            if (answers.Length > 0 && !answers.Contains("Connection: close", StringComparison.Ordinal))
                await connection.SendAsync("GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        }
        catch (IOException)
        {
            // What was answered before the cut is still there to be read.
        }

        return answers + await connection.ReadToCutAsync();
    }

    [GeneratedRegex("^HTTP/1.1 .*", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex StatusLine { get; }

    /// <summary>A server with a secret beside its root.</summary>
    public sealed class Victim : IAsyncLifetime
    {
        private readonly TempFolder _folder = new();
        private RdApiProcess? _server;

        internal RdApiProcess Server => _server!;

        public async ValueTask InitializeAsync()
        {
            Directory.CreateDirectory(_folder["root/folder"]);
            await File.WriteAllTextAsync(_folder["secret"], "the secret");
            await File.WriteAllTextAsync(_folder["root/file"], "content of the file");
            await File.WriteAllTextAsync(_folder["root/smuggled"], "smuggled content");
            File.CreateSymbolicLink(_folder["root/out"], _folder["secret"]);
            _server = await RdApiProcess.StartAsync(_folder["root"]);
        }

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync();
            _folder.Dispose();
        }
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using ReliableDownload.Api;
using ReliableDownload.Api.Hosting;
using ReliableDownload.Api.Tls;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Tls;

/// <summary>Clients that take little of what is copied to them, in records of HTTP/1.1 or frames of HTTP/2.</summary>
public sealed class SlowClientTests : IDisposable
{
    // What 1 KB/s is in ten minutes, the usual limit; and 2.5 KB/s, as with HTTP/2 the kernel's queue counts.
    private const int Least = 600_000;
    private const int LeastOfHttp2 = 1_500_000;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1.5);

    private readonly TempFolder _root = new();
    private readonly TempFolder _files = new();

    public SlowClientTests() => SampleFile.CreateZeros(_root["large"], 64 << 20);

    public void Dispose()
    {
        _files.Dispose();
        _root.Dispose();
    }

    [Fact]
    public async Task One_that_takes_a_little_all_the_time_is_never_cut_and_one_that_takes_nothing_is()
    {
        await using var app = await StartAsync();
        await Task.WhenAll(IsNeverCutAsync(HttpVersion.Version11, Least), IsNeverCutAsync(HttpVersion.Version20, LeastOfHttp2), TakeNothingAsync(app));

        Task IsNeverCutAsync(Version version, int bytesInLimit) => Eventually.IsTrueAsync(
            async () => await TakeALittleAsync(app, version, bytesInLimit) < Limit / 2, "this machine let the client read all the time");
    }

    private static async Task<TimeSpan> TakeALittleAsync(WebApplication app, Version version, int bytesInLimit)
    {
        using var client = Client(app, out _);
        await using var stream = await OpenAsync(client, version);
        // The kernel gives a fast client more room, which a slow one then fills.
        await stream.ReadExactlyAsync(new byte[16 << 20]);
        var halt = new LongestHalt();
        var watch = Stopwatch.StartNew();
        using var pace = new PeriodicTimer(Limit / 40);
        var buffer = new byte[bytesInLimit / 40];
        try
        {
            for (var taken = 0L; watch.Elapsed < 2.2 * Limit; await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken))
            {
                for (; taken < watch.Elapsed / Limit * bytesInLimit; taken += buffer.Length)
                    await stream.ReadExactlyAsync(buffer);
                halt.Look();
            }
        }
        catch (IOException)
        {
            halt.Look();
            Assert.True(halt.Time >= Limit / 2, "it was cut");
        }

        return halt.Time;
    }

    private static async Task TakeNothingAsync(WebApplication app)
    {
        using var client = Client(app, out var socket);
        await using var stream = await OpenAsync(client, HttpVersion.Version11);
        var port = $":{((IPEndPoint)socket.LocalEndPoint!).Port}";
        Assert.True(await IsConnectedAsync());
        await Eventually.IsTrueAsync(async () => !await IsConnectedAsync(), "the client is cut");

        async Task<bool> IsConnectedAsync() => (await KernelSockets.DescribeAsync(client.BaseAddress!)).Split('\n')
            .Any(line => line.StartsWith("ESTAB", StringComparison.Ordinal) && line.Split().Any(word => word.EndsWith(port, StringComparison.Ordinal)));
    }

    private static async Task<Stream> OpenAsync(HttpClient client, Version version)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "large") { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return await response.Content.ReadAsStreamAsync();
    }

    private static HttpClient Client(WebApplication app, out Socket socket)
    {
        var connection = socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 64 << 10 };
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellationToken) =>
            {
                await connection.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(connection, ownsSocket: true);
            },
        };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null;
        return new HttpClient(handler) { BaseAddress = new Uri(app.Urls.Single()), Timeout = ProcessRunner.Limit };
    }

    private async Task<WebApplication> StartAsync()
    {
        using var authority = new TestAuthority(_files);
        var (certificate, key) = authority.Sign("127.0.0.1");
        var options = new RdApiOptions
        {
            WebRoot = _root.Path,
            CacheFile = _files["cache"],
            Limits = new Limits { Stall = Limit },
            Tls = new TlsOptions(certificate, key, ClientAuthorityFile: null, RedirectPort: null),
        };
        var app = Composition.Build(options, [new ListenPoint(new IPEndPoint(IPAddress.Loopback, 0))]);
        await app.StartAsync();
        return app;
    }
}

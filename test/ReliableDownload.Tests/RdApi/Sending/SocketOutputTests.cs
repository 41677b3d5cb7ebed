using System.Net;
using System.Net.Sockets;
using System.Text;
using ReliableDownload.Tests.RdApi.Kernel;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Sending;

/// <summary>A connection of HTTP/1 whose output goes straight to the socket still is one.</summary>
public sealed class SocketOutputTests(ServedFolder folder) : IClassFixture<ServedFolder>
{
    private const int Size = (4 << 20) + 321;

    // Of a few KiB, which leave with their headers, and larger, which the kernel sends.
    private static readonly (int First, int Count)[] Ranges =
        [(0, 4096), (1, Size - 2), (Size - 10, 10), (4096, 3 << 20), (77, 65_535), (78, 65_536), (0, Size)];

    [Fact]
    public async Task Requests_that_come_all_at_once_are_answered_in_their_order()
    {
        var content = SampleFile.Create(folder["pipelined"], Size);
        var asked = Enumerable.Range(0, 50).Select(i => Ranges[i % Ranges.Length]).ToArray();
        await using var connection = await RawConnection.OpenAsync(folder.Server.BaseAddress);
        await connection.SendAsync(string.Concat(asked.Select(range => Request("pipelined", range))) + Request("missing", (0, 1), "close"));
        var rest = Encoding.Latin1.GetBytes(await connection.ReadToEndAsync()).AsMemory();
        foreach (var (first, count) in asked)
        {
            var body = rest.Span.IndexOf("\r\n\r\n"u8) + 4;
            Assert.True(rest.Span.StartsWith("HTTP/1.1 206 "u8));
            Assert.True(rest.Span.Slice(body, count).SequenceEqual(content.AsSpan(first, count)));
            rest = rest[(body + count)..];
        }

        Assert.True(rest.Span.StartsWith("HTTP/1.1 404 "u8));
    }

    [Fact]
    public async Task One_connection_serves_thousands_of_requests()
    {
        var content = SampleFile.Create(folder["often"], 200_000);
        var connections = 0;
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellationToken) =>
            {
                Interlocked.Increment(ref connections);
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var client = new HttpClient(handler) { BaseAddress = folder.Server.BaseAddress, Timeout = ProcessRunner.Limit };
        for (var i = 0; i < 2_000; i++)
        {
            var count = i % 100 == 0 ? 150_000 : 1 + (i % 5000);
            using var request = new HttpRequestMessage(HttpMethod.Get, "often");
            request.Headers.Range = new(i, i + count - 1);
            using var response = await client.SendAsync(request);
            Assert.True((await response.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(content.AsSpan(i, count)));
        }

        Assert.Equal(1, connections);
    }

    [Theory]
    [InlineData("GET /closed HTTP/1.0\r\n\r\n")]
    [InlineData("GET /closed HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")]
    public async Task The_connection_ends_after_the_body_where_it_should(string request)
    {
        var content = SampleFile.Create(folder["closed"], Size);
        await using var connection = await RawConnection.OpenAsync(folder.Server.BaseAddress);
        await connection.SendAsync(request);
        var response = await connection.ReadToEndAsync();
        Assert.Equal(content, Encoding.Latin1.GetBytes(response[(response.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]));
    }

    [Fact]
    public async Task A_file_that_is_not_in_memory_comes_whole()
    {
        var content = SampleFile.Create(folder["cold"], Size);
        ColdFile.Open(folder["cold"]).Dispose();
        Assert.Equal(content, await folder.Server.Client.GetByteArrayAsync("cold"));
    }

    [Fact]
    public async Task Clients_that_stand_still_hold_no_threads_and_little_memory()
    {
        const int Clients = 200;
        SampleFile.CreateZeros(folder["stalled"], 64 << 20);
        await folder.Server.Client.GetByteArrayAsync("stalled");
        var (threads, memory) = (Status("Threads"), Status("VmRSS"));
        var connections = new List<RawConnection>();
        for (var client = 0; client < Clients; client++)
        {
            var connection = await RawConnection.OpenAsync(folder.Server.BaseAddress, receiveBuffer: 1 << 16);
            connections.Add(connection);
            await connection.SendAsync("GET /stalled HTTP/1.1\r\nHost: x\r\n\r\n");
            await connection.ReadAsync(1);
        }

        SampleFile.Create(folder["quick"], 1000);
        Assert.Equal(HttpStatusCode.OK, (await folder.Server.Client.GetAsync("quick")).StatusCode);
        Assert.InRange(Status("Threads"), 1, threads + 20);
        Assert.InRange(Status("VmRSS") - memory, int.MinValue, Clients * 256);
        foreach (var connection in connections)
            connection.Reset();
    }

    private static string Request(string name, (int First, int Count) range, string connection = "keep-alive") =>
        $"GET /{name} HTTP/1.1\r\nHost: x\r\nConnection: {connection}\r\nRange: bytes={range.First}-{range.First + range.Count - 1}\r\n\r\n";

    /// <summary>A number of the server's <c>/proc/PID/status</c> (proc(5)); memory is in KiB.</summary>
    private int Status(string field)
    {
        var line = File.ReadLines($"/proc/{folder.Server.Process.Id}/status").First(one => one.StartsWith($"{field}:", StringComparison.Ordinal));
        return int.Parse(line.Split((char[])['\t', ' '], StringSplitOptions.RemoveEmptyEntries)[1]);
    }
}

using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace ReliableDownload.Tests.Support;

/// <summary>
/// What an rd-api 1.7 answered, as it was recorded, about a file of zeros: its digests are pending at first, and known from the second
/// question on. The file itself comes from the scripted server.
/// </summary>
internal sealed class RecordedServer : IAsyncDisposable
{
    /// <summary>The file's size in bytes.</summary>
    public const int Size = 5_000_000;

    private readonly ScriptedServer _server;

    private RecordedServer(ScriptedServer server) => _server = server;

    public IPEndPoint EndPoint => new(IPAddress.Loopback, _server.Url.Port);

    public static async Task<RecordedServer> StartAsync()
    {
        var server = await ScriptedServer.StartAsync(new byte[Size]);
        server.OnMetadata = (context, number) => ReplayAsync(context, number == 0 ? "pending-first" : "done");
        return new RecordedServer(server);
    }

    /// <summary>The status line, the headers and the body of a recorded answer.</summary>
    public static (string[] Head, string Body) Read(string name)
    {
        var parts = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, $"RdApi/Metadata/Recorded/{name}.http"), Encoding.UTF8).ReplaceLineEndings("\n").Split("\n\n", 2);
        return (parts[0].Split('\n'), parts[1]);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static async Task<bool> ReplayAsync(HttpContext context, string name)
    {
        var (head, body) = Read(name);
        context.Response.StatusCode = int.Parse(head[0].Split(' ')[1]);
        // How it is framed, and when it was, is this connection's.
        foreach (var header in head.Skip(1).Select(line => line.Split(": ", 2)).Where(header => header[0] is not ("Transfer-Encoding" or "Date")))
            context.Response.Headers[header[0]] = header[1];
        await context.Response.WriteAsync(body);
        return true;
    }
}

using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using ReliableDownload.Client;

namespace ReliableDownload.Tests.Support;

/// <summary>A real Kestrel that tells of a tree as rd-api does, well, and badly where a test's script says so. It serves at <c>/data/</c>.</summary>
internal sealed class ScriptedTree : IAsyncDisposable
{
    public const string FilesType = "application/x-reliable-download-files";

    private readonly WebApplication _app;
    private int _lists;
    private int _answers;

    private ScriptedTree(WebApplication app) => _app = app;

    /// <summary>Where the folder is.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>Files by their path as it is on the wire; in the order of the tree.</summary>
    public SortedDictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>The paths of the files that were asked for in batches.</summary>
    public List<string> Asked { get; } = [];

    public DateTimeOffset Modified { get; set; } = new(2026, 5, 1, 10, 0, 0, TimeSpan.Zero);

    /// <summary>The mode of each file, in octal.</summary>
    public string Mode { get; set; } = "640";

    public int BlockSize { get; set; } = 1 << 16;

    /// <summary>Asked first for each list with its number from 0; true where the script has answered.</summary>
    public Func<HttpContext, int, Task<bool>> OnList { get; set; } = (_, _) => Task.FromResult(false);

    /// <summary>Asked first for each answer with files, with its number from 0 and the paths that are wanted; true where the script has answered.</summary>
    public Func<HttpContext, int, IReadOnlyList<string>, Task<bool>> OnFiles { get; set; } = (_, _, _) => Task.FromResult(false);

    public static async Task<ScriptedTree> StartAsync(params (string Path, string Content)[] files)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.Listen(IPAddress.Loopback, 0);
            options.Limits.MinResponseDataRate = null;
        });
        var app = builder.Build();
        var server = new ScriptedTree(app);
        foreach (var (path, content) in files)
            server.Files.Add(path, Encoding.UTF8.GetBytes(content));
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        server.Url = new Uri(app.Urls.Single() + "/data/");
        return server;
    }

    /// <summary>A client that gives up soon.</summary>
    public static DownloadOptions Impatient => new() { MaxAttempts = 3, FirstDelay = TimeSpan.FromMilliseconds(1) };

    /// <summary>Downloads it with the library.</summary>
    /// <param name="target">The folder on this machine.</param>
    /// <param name="options">Null for an impatient client.</param>
    public Task<TreeResult> DownloadAsync(string target, TreeOptions? tree = null, DownloadOptions? options = null) =>
        new Downloader(options ?? Impatient).DownloadTreeAsync(Url, target, tree, cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>The first line of a list.</summary>
    public string Head => $$"""{"type":"tree","path":"data/","block_size":{{BlockSize}},"digest":"sha-256"}""";

    /// <summary>The line of a file.</summary>
    public string FileLine(string path, byte[] content, string type = "file") =>
        JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["type"] = type,
            ["path"] = path,
            ["size"] = content.Length,
            ["version"] = $"{content.Length:x}-{Modified.ToUnixTimeMilliseconds():x}",
            ["modified"] = Modified.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", null),
            ["mode"] = Mode,
            ["digest"] = Convert.ToHexStringLower(SHA256.HashData(content)),
        });

    /// <summary>Answers a list with these lines.</summary>
    public static async Task SendListAsync(HttpContext context, params IEnumerable<string> lines)
    {
        context.Response.ContentType = "application/x-ndjson";
        foreach (var line in lines)
            await context.Response.WriteAsync(line + "\n");
    }

    /// <summary>The lines of an honest list.</summary>
    public IEnumerable<string> Lines(string? after = null)
    {
        yield return Head;
        var (files, folders, told) = (0, 0, new HashSet<string>());
        foreach (var (path, content) in Files)
        {
            var parts = path.Split('/');
            for (var i = 1; i < parts.Length; i++)
            {
                var folder = string.Join('/', parts[..i]) + "/";
                if (!told.Add(folder) || IsTold(folder, after))
                    continue;
                folders++;
                yield return $$"""{"type":"folder","path":"{{folder}}"}""";
            }

            if (IsTold(path, after))
                continue;
            files++;
            yield return FileLine(path, content);
        }

        yield return $$"""{"type":"end","files":{{files}},"folders":{{folders}},"bytes":0}""";
    }

    /// <summary>Answers with a file's line and bytes.</summary>
    public async Task SendFileAsync(HttpContext context, string path, byte[] content, byte[]? bytes = null)
    {
        await context.Response.WriteAsync(FileLine(path, content, "content") + "\n");
        await context.Response.Body.WriteAsync(bytes ?? content);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    // As rd-api does: a folder goes on only behind its slash; without it the line was that of a file.
    private static bool IsTold(string path, string? after) =>
        after is not null && (path == after || (path.EndsWith('/') && after.StartsWith(path, StringComparison.Ordinal))
            || string.CompareOrdinal(path.TrimEnd('/'), after.TrimEnd('/')) < 0);

    private async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Path == "/rd/data/" && HttpMethods.IsGet(context.Request.Method))
        {
            if (!await OnList(context, Interlocked.Increment(ref _lists) - 1))
                await SendListAsync(context, Lines(context.Request.Query["after"].FirstOrDefault()));
        }
        else if (context.Request.Path == "/rd/data/" && HttpMethods.IsPost(context.Request.Method))
        {
            await AnswerFilesAsync(context);
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        }
    }

    private async Task AnswerFilesAsync(HttpContext context)
    {
        var wanted = new List<string>();
        using (var reader = new StreamReader(context.Request.Body))
        {
            while (await reader.ReadLineAsync() is { } line)
                wanted.Add(JsonDocument.Parse(line).RootElement.GetProperty("path").GetString()!);
        }

        lock (Asked)
            Asked.AddRange(wanted);
        context.Response.ContentType = FilesType;
        if (await OnFiles(context, Interlocked.Increment(ref _answers) - 1, wanted))
            return;
        foreach (var path in wanted)
        {
            if (Files.TryGetValue(path, out var content))
                await SendFileAsync(context, path, content);
            else
                await context.Response.WriteAsync($$"""{"type":"gone","path":"{{path}}"}""" + "\n");
        }

        await context.Response.WriteAsync("""{"type":"end"}""" + "\n");
    }
}

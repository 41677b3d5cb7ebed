using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;
using ReliableDownload.Protocol;

namespace ReliableDownload.Tests.Support;

/// <summary>A real Kestrel that serves one file well, and badly where a test's script says so.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _ranges;
    private int _metadata;

    private ScriptedServer(WebApplication app, byte[] content)
    {
        _app = app;
        Content = content;
    }

    /// <summary>Where the file is.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>What the file holds; another array is another version.</summary>
    public byte[] Content
    {
        get;
        set
        {
            field = value;
            Version = new FileVersion(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(value).AsSpan(0, 8)));
        }
    }

    /// <summary>Whether the file's answers say that its digests are at <c>/rd/file.bin</c>, as rd-api's do.</summary>
    public bool NamesDigests { get; set; }

    /// <summary>What the file's answers say of its last modification; nothing where it is null.</summary>
    public DateTimeOffset? Modified { get; set; }

    public int BlockSize { get; init; } = BlockLayout.MinBlockSize;

    /// <summary>Asked first for each range request with its number from 0; true where the script has answered.</summary>
    public Func<HttpContext, int, Task<bool>> OnRange { get; set; } = (_, _) => Task.FromResult(false);

    /// <summary>Asked first for each metadata request with its number from 0; true where the script has answered.</summary>
    public Func<HttpContext, int, Task<bool>> OnMetadata { get; set; } = (_, _) => Task.FromResult(false);

    /// <summary>Other files by their path, which are there beside the file.</summary>
    public Dictionary<string, Func<HttpContext, Task>> Beside { get; } = [];

    /// <summary>The paths of other files that were asked for, whether they are there or not.</summary>
    public ConcurrentQueue<string> AskedBeside { get; } = new();

    public int RangeRequests => Volatile.Read(ref _ranges);

    public int MetadataRequests => Volatile.Read(ref _metadata);

    public BlockLayout Layout => new(Content.Length, BlockSize);

    public FileVersion Version { get; private set; }

    public static async Task<ScriptedServer> StartAsync(byte[] content, int blockSize = BlockLayout.MinBlockSize)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.Listen(IPAddress.Loopback, 0);
            options.Limits.MinResponseDataRate = null;
        });
        var app = builder.Build();
        var server = new ScriptedServer(app, content) { BlockSize = blockSize };
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        server.Url = new Uri(app.Urls.Single() + "/file.bin");
        return server;
    }

    /// <summary>Random bytes, the same for the same seed.</summary>
    public static byte[] RandomBytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>The range that a request asks for, as far as the file has it.</summary>
    public static (long From, long To) RangeOf(HttpContext context)
    {
        var range = RangeHeaderValue.Parse(context.Request.Headers.Range.ToString()).Ranges.Single();
        return (range.From!.Value, Math.Min(range.To!.Value, (int)context.Items[nameof(Content)]! - 1));
    }

    /// <summary>Answers a range as asked, with <paramref name="body"/> and no more: where that is too short, the answer ends early.</summary>
    public static async Task SendRangeAsync(HttpContext context, long size, byte[] body)
    {
        var (from, to) = RangeOf(context);
        context.Response.StatusCode = StatusCodes.Status206PartialContent;
        context.Response.Headers.ContentRange = $"bytes {from}-{to}/{size}";
        await context.Response.Body.WriteAsync(body);
    }

    /// <summary>Says nothing more until the client gives up.</summary>
    public static Task HoldAsync(HttpContext context) =>
        Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);

    /// <summary>The bytes that a range request asks for, as a copy.</summary>
    public byte[] Slice(HttpContext context)
    {
        var (from, to) = RangeOf(context);
        return Content.AsSpan((int)from, (int)(to - from + 1)).ToArray();
    }

    /// <summary>Writes the stream form's lines for this file.</summary>
    public static async Task SendStreamAsync(HttpContext context, Action<StreamLineWriter> write)
    {
        context.Response.ContentType = Wire.StreamMediaType;
        using (var lines = new StreamLineWriter(context.Response.BodyWriter))
            write(lines);
        await context.Response.BodyWriter.FlushAsync();
    }

    public StreamLine.File FileLine => new("file.bin", Layout, DigestAlgorithm.Sha256, Version, DateTimeOffset.UnixEpoch);

    public DigestTable Digests(DigestAlgorithm algorithm = DigestAlgorithm.Sha256)
    {
        var table = new DigestTable(algorithm, Layout.BlockCount);
        var digest = new byte[algorithm.Size];
        for (var block = 0; block < table.Count; block++)
        {
            algorithm.Hash(Content.AsSpan((int)Layout.Offset(block), Layout.Length(block)), digest);
            table.Set(block, digest);
        }

        return table;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        context.Items[nameof(Content)] = Content.Length;
        if (NamesDigests)
            context.Response.Headers.Link = $"<rd/file.bin>; rel=\"describedby\"; type=\"{Wire.StreamMediaType}\"";
        if (context.Request.Path.StartsWithSegments("/rd"))
        {
            if (!await OnMetadata(context, Interlocked.Increment(ref _metadata) - 1))
                await AnswerMetadataAsync(context);
        }
        else if (IsBeside(context.Request.Path!))
        {
            AskedBeside.Enqueue(context.Request.Path!);
            if (Beside.TryGetValue(context.Request.Path, out var answer))
                await answer(context);
            else
                context.Response.StatusCode = StatusCodes.Status404NotFound;
        }
        else if (!await OnRange(context, Interlocked.Increment(ref _ranges) - 1))
        {
            await TypedResults.Bytes(Content, "application/octet-stream", enableRangeProcessing: true, lastModified: Modified, entityTag: new EntityTagHeaderValue(Version.ETag)).ExecuteAsync(context);
        }
    }

    // The file itself is at every other path.
    private bool IsBeside(string path) =>
        Beside.ContainsKey(path) || path[(path.LastIndexOf('/') + 1)..] is "SHA256SUMS" or "SHA512SUMS" or "sha256sum.txt" || Path.GetExtension(path) is ".sha256" or ".meta4";

    private Task AnswerMetadataAsync(HttpContext context)
    {
        if (context.Request.Query[Wire.VersionParameter] is [{ } version] && version != Version.Text)
        {
            context.Response.StatusCode = StatusCodes.Status409Conflict;
            return Task.CompletedTask;
        }

        var from = int.Parse(context.Request.Query[Wire.FromParameter].FirstOrDefault() ?? "0", CultureInfo.InvariantCulture);
        return SendStreamAsync(context, lines =>
        {
            var digests = Digests();
            lines.File(FileLine);
            for (var first = from; first < digests.Count; first += 8)
                lines.Blocks(first, digests.Run(first, Math.Min(8, digests.Count - first)), digests.Algorithm.Size);
            lines.End(digests.Root());
        });
    }
}

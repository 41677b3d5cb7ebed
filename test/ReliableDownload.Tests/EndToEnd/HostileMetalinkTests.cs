using System.Globalization;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Tests.Client.AnyServer;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>What a stranger's server gives for the Metalink that rd looks for beside a file.</summary>
public sealed class HostileMetalinkTests
{
    private const long Length = 100 << 20;

    [Theory]
    [InlineData("<metalink ", "a{0}='' ")]
    [InlineData("<metalink ", "a='>' ")]
    [InlineData("<metalink>", "<a{0}/>")]
    [InlineData("<metalink a='", "long")]
    public async Task A_large_one_takes_little_memory_and_the_file_arrives(string start, string more)
    {
        using var folder = new TempFolder();
        await using var server = await ScriptedServer.StartAsync(ScriptedServer.RandomBytes(300_000));
        server.OnMetadata = PlainFixture.NotFound;
        server.Beside["/file.bin.meta4"] = context => SendAsync(context, start, more);
        await using var rd = RdProcess.StartInShell(folder, "DOTNET_GCHeapHardLimit=0x6000000 \"$0\" \"$@\"", $"{server.Url}");
        var end = await rd.EndAsync();
        Assert.True(end.ExitCode == 13, end.Error);
        Assert.True(File.Exists(folder["file.bin"]));
    }

    private static async Task SendAsync(HttpContext context, string start, string more)
    {
        await context.Response.WriteAsync(start);
        for (long sent = 0, number = 0; sent < Length && !context.RequestAborted.IsCancellationRequested;)
        {
            var part = string.Concat(Enumerable.Range(0, 4096).Select(_ => string.Format(CultureInfo.InvariantCulture, more, number++)));
            sent += part.Length;
            await context.Response.WriteAsync(part, context.RequestAborted);
        }
    }
}

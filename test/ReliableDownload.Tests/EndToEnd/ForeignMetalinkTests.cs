using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Tests.Client.AnyServer;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary><c>--proof</c> with a Metalink that is also, or only, about other files than the wanted one.</summary>
public sealed class ForeignMetalinkTests : IDisposable
{
    private const int Piece = 65536;

    private static readonly byte[] Content = ScriptedServer.RandomBytes(3 * Piece);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData((3 * Piece) + 1)]
    [InlineData(3 * Piece)]
    public async Task A_Metalink_of_another_file_does_not_bring_that_one(int otherSize)
    {
        var other = ScriptedServer.RandomBytes(otherSize, seed: 2);
        await using var server = await StartAsync(Content);
        await using var elsewhere = await StartAsync(other);
        await WriteAsync("a.iso.meta4", ("a.iso", other, new Uri(elsewhere.Url, "/a.iso")));

        var end = await RdProcess.RunAsync(_folder, "-r", "2", "-t", "1", "--proof", "a.iso.meta4", $"{new Uri(server.Url, "/b.iso")}");

        Assert.True(end.ExitCode == 10, end.Error);
        Assert.False(File.Exists(_folder["b.iso"]));
        Assert.Contains("a.iso.meta4 is about 'a.iso'", end.Error);
        Assert.Equal(0, elsewhere.RangeRequests);
    }

    [Fact]
    public async Task Of_files_with_the_same_last_name_the_one_with_most_of_the_URL_s_path_is_meant()
    {
        var other = ScriptedServer.RandomBytes(3 * Piece, seed: 2);
        await using var server = await StartAsync(Content);
        await using var elsewhere = await StartAsync(other);
        await WriteAsync("all.meta4", ("README.md", other, elsewhere.Url), ("a/README.md", other, elsewhere.Url), ("b/a/README.md", Content, server.Url));

        var end = await RdProcess.RunAsync(_folder, "--proof", "all.meta4", $"{new Uri(server.Url, "/d/b/a/README.md")}");

        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Equal(Content, await File.ReadAllBytesAsync(_folder["README.md"], TestContext.Current.CancellationToken));
        Assert.Equal(0, elsewhere.RangeRequests);
    }

    [Fact]
    public async Task Of_a_folder_only_the_files_that_it_names_are_fetched()
    {
        await using var server = await StartAsync(Content);
        server.Beside["/d/"] = context =>
        {
            context.Response.ContentType = "text/html";
            return context.Response.WriteAsync("<a href=\"a.iso\">a.iso</a> <a href=\"b.iso\">b.iso</a>");
        };
        await WriteAsync("a.iso.meta4", ("a.iso", Content, server.Url));

        var end = await RdProcess.RunAsync(_folder, "--recursive-plain", "--proof", "a.iso.meta4", $"{new Uri(server.Url, "/d/")}");

        Assert.True(end.ExitCode == 10, end.Error);
        Assert.Contains("b.iso", end.Error);
        Assert.Contains("has no digest of 'b.iso'", end.Error);
        Assert.Equal([_folder["d/a.iso"]], Directory.EnumerateFiles(_folder["d"]));
    }

    private static async Task<ScriptedServer> StartAsync(byte[] content)
    {
        var server = await ScriptedServer.StartAsync(content);
        server.OnMetadata = PlainFixture.NotFound;
        return server;
    }

    private Task WriteAsync(string name, params (string Name, byte[] Content, Uri Url)[] files) => File.WriteAllTextAsync(
        _folder[name],
        $"<metalink>{string.Concat(files.Select(file => $"<file name='{file.Name}'><size>{file.Content.Length}</size><url>{file.Url}</url><pieces length='{Piece}' type='sha-256'>{Pieces(file.Content)}</pieces></file>"))}</metalink>",
        TestContext.Current.CancellationToken);

    private static string Pieces(byte[] content) => string.Concat(content.Chunk(Piece).Select(piece => $"<hash>{Convert.ToHexStringLower(SHA256.HashData(piece))}</hash>"));
}

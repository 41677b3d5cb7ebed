using System.Net;
using System.Net.Http.Headers;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Files;

public sealed class TarTests : IDisposable
{
    private static readonly string LongName = new('n', 150);

    private readonly TempFolder _temp = new();

    public TarTests()
    {
        Directory.CreateDirectory(_temp["root/f/sub"]);
        foreach (var (name, size) in new[] { ("a", 0), ("b", 512), ("ü 1", 513), (LongName, 10), ("sub/data", 300_000) })
        {
            var content = new byte[size];
            new Random(size).NextBytes(content);
            File.WriteAllBytes(_temp["root/f/" + name], content);
            File.SetLastWriteTimeUtc(_temp["root/f/" + name], new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        }
    }

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Tar_unpacks_a_folder_with_every_name_byte_and_time()
    {
        using var raw = new RawFile(_temp["root/f"], [0xff, (byte)'x'], "no UTF-8");
        Directory.CreateDirectory(_temp["root/f/empty/" + new string('e', 120)]);
        File.SetUnixFileMode(_temp["root/f/b"], UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead);
        File.SetUnixFileMode(_temp["root/f/empty"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await using var server = await RdApiProcess.StartAsync(_temp["root"]);
        await File.WriteAllBytesAsync(_temp["f.tar"], await server.Client.GetByteArrayAsync("f/?tar"), TestContext.Current.CancellationToken);
        Directory.CreateDirectory(_temp["out"]);
        await Tool.RunAsync(_temp.Path, "tar", "--extract", "--same-permissions", "--file=f.tar", "--directory=out");
        await Tool.RunAsync(_temp.Path, "diff", "--recursive", "root/f", "out/f");
        Assert.Equal(File.GetLastWriteTimeUtc(_temp["root/f/b"]), File.GetLastWriteTimeUtc(_temp["out/f/b"]));
        Assert.Equal(File.GetUnixFileMode(_temp["root/f/b"]), File.GetUnixFileMode(_temp["out/f/b"]));
        Assert.Equal(File.GetUnixFileMode(_temp["root/f/empty"]), File.GetUnixFileMode(_temp["out/f/empty"]));
        Assert.Equal(Directory.GetLastWriteTimeUtc(_temp["root/f/sub"]), Directory.GetLastWriteTimeUtc(_temp["out/f/sub"]), TimeSpan.FromSeconds(1));
        // .NET cannot remove a name that is not UTF-8.
        await Tool.RunAsync(_temp.Path, "rm", "--recursive", "out");
    }

    [Fact]
    public async Task The_length_is_known_and_every_range_is_that_part_of_the_whole()
    {
        await using var server = await RdApiProcess.StartAsync(_temp["root"]);
        using var answer = await server.Client.GetAsync("f/?tar", TestContext.Current.CancellationToken);
        var whole = await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Assert.Equal(whole.Length, answer.Content.Headers.ContentLength);
        Assert.Equal("application/x-tar", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal(0, whole.Length % 512);
        foreach (var (from, to) in new[] { (0, 0), (511, 513), (100, 3000), (1000, 302_000), (whole.Length - 1025, whole.Length - 1), (304_000, 304_100), (2048, 2048) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "f/?tar");
            request.Headers.Range = new RangeHeaderValue(from, to);
            using var part = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
            Assert.Equal(new ContentRangeHeaderValue(from, to, whole.Length), part.Content.Headers.ContentRange);
            var bytes = await part.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
            Assert.True(whole.AsSpan(from..(to + 1)).SequenceEqual(bytes), $"{from}-{to}");
        }

        using var beyond = new HttpRequestMessage(HttpMethod.Get, "f/?tar");
        beyond.Headers.Range = new RangeHeaderValue(whole.Length, null);
        using var none = await server.Client.SendAsync(beyond, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, none.StatusCode);
    }

    [Fact]
    public async Task A_range_of_a_folder_that_changed_since_is_the_whole_of_what_is_there_now()
    {
        await using var server = await RdApiProcess.StartAsync(_temp["root"]);
        // While a file in it is young, so is the tag: weak, and no range is asked for by it.
        EntityTagHeaderValue tag = null!;
        await Eventually.IsTrueAsync(async () => !(tag = await TagAsync(server)).IsWeak, "the folder had settled");
        Assert.Equal(tag, await TagAsync(server));
        await File.WriteAllBytesAsync(_temp["root/f/b"], new byte[512], TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(_temp["root/f/b"], new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.NotEqual(tag, await TagAsync(server));
        using var request = new HttpRequestMessage(HttpMethod.Get, "f/?tar");
        request.Headers.Range = new RangeHeaderValue(1, 2);
        request.Headers.IfRange = new RangeConditionHeaderValue(tag);
        using var answer = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_date_does_not_hide_a_file_that_came_with_an_old_one()
    {
        await using var server = await RdApiProcess.StartAsync(_temp["root"]);
        File.SetLastWriteTimeUtc(_temp["root/f/sub"], DateTime.UnixEpoch);
        Assert.False((await TagAsync(server)).IsWeak);
        File.WriteAllText(_temp["root/f/sub/old"], "old");
        File.SetLastWriteTimeUtc(_temp["root/f/sub/old"], DateTime.UnixEpoch);
        File.SetLastWriteTimeUtc(_temp["root/f/sub"], DateTime.UnixEpoch);
        using var request = new HttpRequestMessage(HttpMethod.Get, "f/?tar");
        request.Headers.IfModifiedSince = TimeProvider.System.GetUtcNow();
        using var answer = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(answer.Headers.CacheControl?.NoCache);
    }

    [Fact]
    public async Task A_file_that_changes_while_it_is_sent_cuts_the_connection()
    {
        using (var big = File.Create(_temp["root/f/z"]))
            big.SetLength(64 << 20);
        await using var server = await RdApiProcess.StartAsync(_temp["root"]);
        using var answer = await server.Client.GetAsync("f/?tar", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        await using var body = await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        await body.ReadExactlyAsync(new byte[1 << 20], TestContext.Current.CancellationToken);
        await using (var big = File.OpenWrite(_temp["root/f/z"]))
            await big.WriteAsync(new byte[] { 1 }, TestContext.Current.CancellationToken);
        await Assert.ThrowsAnyAsync<IOException>(() => body.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Who_asks_for_many_tars_at_once_waits_for_himself_and_nobody_else_does()
    {
        Directory.CreateDirectory(_temp["root/big"]);
        for (var i = 0; i < 800; i++)
            await File.WriteAllTextAsync(_temp[$"root/big/{i}"], "", TestContext.Current.CancellationToken);
        await using var server = await RdApiProcess.StartAsync(_temp["root"]);
        var all = Enumerable.Range(0, 40).Select(_ => RawConnection.GetAsync(server.BaseAddress, "/big/?tar")).ToList();
        Assert.StartsWith("HTTP/1.1 200 ", await await Task.WhenAny(all));
        await using (var other = await RawConnection.OpenAsync(server.BaseAddress, from: "127.0.0.2"))
        {
            await other.SendAsync("HEAD /f/?tar HTTP/1.1\r\nHost: x\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 200 ", await other.ReadSomeAsync());
            Assert.InRange(all.Count(one => one.IsCompleted), 1, all.Count - 1);
        }

        Assert.All(await Task.WhenAll(all), answer => Assert.StartsWith("HTTP/1.1 200 ", answer));
    }

    [Fact]
    public async Task A_file_has_no_tar_and_a_folder_without_its_slash_is_a_redirect()
    {
        await using var server = await RdApiProcess.StartAsync(_temp["root"]);
        Assert.StartsWith("HTTP/1.1 404 ", await RawConnection.GetAsync(server.BaseAddress, "/f/b?tar"));
        Assert.Contains("Location: ./f/?tar\r\n", await RawConnection.GetAsync(server.BaseAddress, "/f?tar"));
        Assert.Contains("filename*=UTF-8''f.tar\r\n", await RawConnection.GetAsync(server.BaseAddress, "/f/?tar"));
    }

    private static async Task<EntityTagHeaderValue> TagAsync(RdApiProcess server)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, "f/?tar");
        using var answer = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.Headers.ETag!;
    }
}

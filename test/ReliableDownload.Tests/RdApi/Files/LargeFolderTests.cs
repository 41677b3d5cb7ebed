using System.Globalization;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Files;

public sealed class LargeFolderTests
{
    private const int Count = 20_000;

    [Fact]
    public async Task Readers_who_stand_still_hold_no_copies_of_a_large_folder()
    {
        using var temp = new TempFolder();
        for (var number = 0; number < Count; number++)
            File.OpenHandle(temp[$"a file with quite a long name, number {number:D6}.iso"], FileMode.CreateNew, FileAccess.Write).Dispose();
        await using var server = await RdApiProcess.StartAsync(temp.Path);
        var page = await server.Client.GetStringAsync("", TestContext.Current.CancellationToken);
        Assert.Equal(Count, page.Split("<tr><td><a").Length - 1);
        var before = MemoryOf(server);

        var readers = new List<RawConnection>();
        for (var number = 0; number < 30; number++)
        {
            var reader = await RawConnection.OpenAsync(server.BaseAddress, receiveBuffer: 4096);
            readers.Add(reader);
            await reader.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 200 ", await reader.ReadSomeAsync());
        }

        var grown = MemoryOf(server) - before;
        foreach (var reader in readers)
            await reader.DisposeAsync();
        // Their copies were 170 MB.
        Assert.InRange(grown, long.MinValue, 40 << 20);
    }

    [Fact]
    public async Task Of_200000_names_the_head_of_the_page_comes_before_they_are_read_and_memory_stays_bounded()
    {
        const int Many = 200_000;
        using var temp = TempFolder.InMemory();
        for (var number = 0; number < Many; number++)
            File.OpenHandle(temp[$"{number:D6}.iso"], FileMode.CreateNew, FileAccess.Write).Dispose();
        await using var server = await RdApiProcess.StartAsync(temp.Path);
        var before = MemoryOf(server);

        foreach (var query in (string[])["", "?sort=size", "?page=200", "?q=19999"])
        {
            var page = await BrowseAsync(server, query);
            // Each flush is a chunk of its own, and the first one is what can be said before the folder is read.
            var chunks = Chunks(page);
            Assert.Contains("<form role=\"search\">", chunks[0]);
            Assert.DoesNotContain("<table>", chunks[0]);
            var isFiltered = query.StartsWith("?q", StringComparison.Ordinal);
            Assert.Equal(isFiltered ? 12 : 1000, page.Split("<tr><td><a").Length - 1);
            Assert.InRange(page.Length, 1, 1 << 20);
            Assert.Contains("200,000 files", page);
            Assert.Contains(query switch { "?page=200" => ">199999.iso<", "?q=19999" => ">019999.iso<", _ => ">000000.iso<" }, page);
        }

        var rows = 0;
        await using var all = await server.Client.GetStreamAsync("?simple", TestContext.Current.CancellationToken);
        using var lines = new StreamReader(all);
        while (await lines.ReadLineAsync(TestContext.Current.CancellationToken) is not null)
            rows++;
        Assert.Equal(Many, rows);
        Assert.InRange(MemoryOf(server) - before, long.MinValue, 100 << 20);
    }

    private static async Task<string> BrowseAsync(RdApiProcess server, string query)
    {
        await using var connection = await RawConnection.OpenAsync(server.BaseAddress);
        await connection.SendAsync($"GET /{query} HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nAccept-Language: en\r\nConnection: close\r\n\r\n");
        return await connection.ReadToEndAsync();
    }

    private static List<string> Chunks(string answer)
    {
        var chunks = new List<string>();
        for (var at = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4; at < answer.Length;)
        {
            var end = answer.IndexOf("\r\n", at, StringComparison.Ordinal);
            var size = int.Parse(answer.AsSpan(at, end - at), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            chunks.Add(answer.Substring(end + 2, size));
            at = end + 2 + size + 2;
        }

        return chunks;
    }

    private static long MemoryOf(RdApiProcess server)
    {
        var line = File.ReadLines($"/proc/{server.Process.Id}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) << 10;
    }
}

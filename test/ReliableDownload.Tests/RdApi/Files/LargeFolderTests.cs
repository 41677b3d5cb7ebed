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

    private static long MemoryOf(RdApiProcess server)
    {
        var line = File.ReadLines($"/proc/{server.Process.Id}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) << 10;
    }
}

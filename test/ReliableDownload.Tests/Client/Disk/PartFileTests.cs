using ReliableDownload.Client.Disk;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.Disk;

public sealed class PartFileTests
{
    [Fact]
    public void Zeros_of_a_proven_block_are_left_out_of_a_fresh_file()
    {
        using var folder = new TempFolder();
        using (var part = new PartFile(folder["data"], size: 1000, missingBytes: 1000))
        {
            part.Write(0, new byte[500], isProven: true);
            part.Write(500, [1, 2, 3], isProven: true);
        }

        var bytes = File.ReadAllBytes(folder["data"]);
        Assert.Equal(1000, bytes.Length);
        Assert.Equal([0, 1, 2, 3, 0], bytes[499..504]);
    }

    [Fact]
    public async Task Zeros_are_written_over_unproven_bytes_while_others_write_as_well()
    {
        using var folder = TempFolder.InMemory();
        var path = folder["data"];
        using var part = new PartFile(path, size: 10, missingBytes: 10);
        using var isOver = new CancellationTokenSource();
        var other = Task.Factory.StartNew(() => WriteUntil(9, isOver.Token), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            for (var round = 0; round < 20_000; round++)
                WriteOnce(5);
        }
        finally
        {
            await isOver.CancelAsync();
            await other;
        }

        Assert.Equal(new byte[10], File.ReadAllBytes(path));

        void WriteUntil(long offset, CancellationToken over)
        {
            while (!over.IsCancellationRequested)
                WriteOnce(offset);
        }

        void WriteOnce(long offset)
        {
            part.Write(offset, [7], isProven: false);
            part.Write(offset, [0], isProven: true);
            Span<byte> written = [7];
            part.Read(offset, written);
            Assert.Equal(0, written[0]);
        }
    }
}

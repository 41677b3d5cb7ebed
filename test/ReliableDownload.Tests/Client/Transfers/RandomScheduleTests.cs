using System.Collections.Concurrent;
using System.Security.Cryptography;
using ReliableDownload.Client;
using ReliableDownload.Client.Blocks;
using ReliableDownload.Client.Disk;
using ReliableDownload.Client.Network;
using ReliableDownload.Client.Transfers;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.Transfers;

/// <summary>Several connections at one file, each with random requests, cuts, wrong bytes and help for others.</summary>
public sealed class RandomScheduleTests
{
    private const int BlockSize = 300_000;
    private const int Size = (12 * BlockSize) + 7;
    private const int Connections = 5;

    private readonly byte[] _content = ScriptedServer.RandomBytes(Size);
    private readonly ConcurrentDictionary<Memory<byte>, bool> _buffers = new();

    /// <summary>How often each byte came for a block that was not thrown away, help not counted.</summary>
    private readonly int[] _received = new int[Size];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Whatever_connections_do_each_byte_is_received_once_and_each_block_proven(int seed)
    {
        using var folder = new TempFolder();
        var map = new BlockMap(new BlockLayout(_content.Length, BlockSize), DigestAlgorithm.Sha256, _ => false);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        stop.CancelAfter(Eventually.Limit);
        using (var part = new PartFile(folder["data"], _content.Length, _content.Length))
        using (var journal = Journal.Begin(folder["journal"], "target", version: null, []))
        {
            var scheduler = new Scheduler(map);
            using var found = new FoundPlaces(map.Layout, folder["none"], null, [], new BlockFiles([], map.Layout), noted: null);
            using var transfer = new Transfer(map, scheduler, new PartSink(part, journal, hash: null, found, isDoubtful: false, new TransferCounters()), stop);
            var loops = Enumerable.Range(0, Connections).Select(i => (Action)(() => Connect(transfer, scheduler, new Random((100 * seed) + i))));
            await using var manifest = ManifestAsync(map, new Random(seed)).GetAsyncEnumerator(stop.Token);

            Assert.True(await transfer.RunAsync(manifest, loops));
        }

        Assert.Equal(_content, await File.ReadAllBytesAsync(folder["data"], TestContext.Current.CancellationToken));
        Assert.True(_received.Max() <= 1, "a byte was handed out twice");
        Assert.True(_buffers.Count <= Connections, $"{_buffers.Count} buffers for {Connections} connections");
    }

    private void Connect(Transfer transfer, Scheduler scheduler, Random random)
    {
        var options = new DownloadOptions();
        var receiver = new PieceReceiver(transfer, scheduler, new Line(options, TimeProvider.System), new Pace(options, new ServerAddress(options, TimeProvider.System)), new TransferCounters(), TimeProvider.System);
        while (scheduler.Take(_ => random.Next(1, 8 * BlockSize), _ => true, _ => (Help)random.Next(3)) is { } piece)
        {
            using var body = new RandomBody(_content, piece.From, random, piece.RescueOf is null ? _received : null);
            piece.Interrupt = body.Dispose;
            // Now and then there is no answer at all.
            if (random.Next(4) > 0)
                _ = piece.RescueOf is null ? receiver.Receive(body, piece, Prove) : receiver.ReceiveRescue(body, piece);
            scheduler.End(piece);
        }

        void Prove(OpenBlock open)
        {
            _buffers[open.Buffer] = true;
            var data = open.Buffer.Span[..open.Length];
            if (transfer.TryComplete(open, SHA256.HashData(data)))
                return;
            Array.Clear(_received, (int)open.Start, open.Length);
            scheduler.Reject(open.Block);
            scheduler.Release(open);
        }
    }

    private async IAsyncEnumerable<StreamLine> ManifestAsync(BlockMap map, Random random)
    {
        for (var first = 0; first < map.Layout.BlockCount;)
        {
            var count = Math.Min(random.Next(1, 12), map.Layout.BlockCount - first);
            yield return new StreamLine.Blocks(first, [.. Enumerable.Range(first, count).SelectMany(block =>
                SHA256.HashData(_content.AsSpan((int)map.Layout.Offset(block), map.Layout.Length(block))))]);
            first += count;
            await Task.Yield();
        }

        yield return new StreamLine.End(map.Root()!);
    }

    /// <summary>The content from a place on, a few bytes at a time, until it is cut or, now and then, with one of them wrong.</summary>
    private sealed class RandomBody(byte[] content, long from, Random random, int[]? received) : MemoryStream
    {
        private long _position = from;
        private volatile bool _isClosed;

        public override int Read(Span<byte> buffer)
        {
            Thread.Yield();
            if (_isClosed)
                throw new IOException("closed");
            if (random.Next(20) == 0)
                return 0;
            var count = Math.Min(random.Next(1, 70_000), buffer.Length);
            content.AsSpan((int)_position, count).CopyTo(buffer);
            for (var i = (int)_position; received is not null && i < _position + count; i++)
                received[i]++;
            if (random.Next(80) == 0)
                buffer[count - 1] ^= 1;
            _position += count;
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            _isClosed = true;
            base.Dispose(disposing);
        }
    }
}

using ReliableDownload.Client;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client;

/// <summary>Servers that never get on with hashing: one that was stopped in the middle says "pending" for ever.</summary>
public sealed class PendingDigestTests
{
    private const int Blocks = 12;
    private const int Size = Blocks * ClientFixture.BlockSize;
    private const int Pending = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task In_the_classic_form_all_else_is_fetched_and_the_time_limit_counts()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnMetadata = async (context, _) =>
        {
            var (layout, known) = (fixture.Server.Layout, fixture.Server.Digests(DigestAlgorithm.Sha1));
            var digests = new DigestTable(DigestAlgorithm.Sha1, Blocks);
            digests.SetRun(0, known.Run(0, Pending));
            digests.SetRun(Pending + 1, known.Run(Pending + 1, Blocks - Pending - 1));
            context.Response.ContentType = Wire.ClassicMediaType;
            using var document = new ClassicMetadataWriter(context.Response.BodyWriter);
            document.Begin("file.bin", layout);
            document.Blocks(layout, digests, 0, Blocks);
            document.End();
            await context.Response.BodyWriter.FlushAsync();
            return true;
        };

        var result = await AssertGivesUpAsync(fixture);

        Assert.Equal(Size - ClientFixture.BlockSize, result.BytesFetched);
    }

    [Fact]
    public async Task In_the_stream_form_too()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnMetadata = async (context, number) =>
        {
            await ScriptedServer.SendStreamAsync(context, lines =>
            {
                lines.File(fixture.Server.FileLine);
                if (number == 0)
                    lines.Blocks(0, fixture.Server.Digests().Run(0, Pending), 32);
            });
            using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
            while (!context.RequestAborted.IsCancellationRequested && await pause.WaitForNextTickAsync(CancellationToken.None))
            {
                using (var lines = new StreamLineWriter(context.Response.BodyWriter))
                    lines.Wait(Pending);
                await context.Response.BodyWriter.FlushAsync(CancellationToken.None);
            }

            return true;
        };

        await AssertGivesUpAsync(fixture);
    }

    [Fact]
    public async Task A_stream_that_is_cut_each_time_behind_its_first_line_is_given_up()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        // A server that does not would be taken for one without digests: the abort may overtake the first line.
        fixture.Server.NamesDigests = true;
        fixture.Server.OnMetadata = async (context, _) =>
        {
            await ScriptedServer.SendStreamAsync(context, lines => lines.File(fixture.Server.FileLine));
            context.Abort();
            return true;
        };
        using var limit = new CancellationTokenSource(Eventually.Limit);

        var result = await fixture.DownloadAsync(cancellationToken: limit.Token);

        Assert.Equal(DownloadOutcome.Network, result.Outcome);
        Assert.False(limit.IsCancellationRequested);
    }

    private static async Task<DownloadResult> AssertGivesUpAsync(ClientFixture fixture)
    {
        using var limit = new CancellationTokenSource(Eventually.Limit);
        var progress = new Reports();

        var result = await fixture.DownloadAsync(fixture.Options with { MaxOutage = Patience }, limit.Token, progress: progress);

        Assert.Equal(DownloadOutcome.Network, result.Outcome);
        Assert.Contains($"has not hashed block {Pending}", result.Message, StringComparison.Ordinal);
        Assert.Equal(Pending, progress.PendingBlock);
        return result;
    }

    private sealed class Reports : IProgress<DownloadProgress>
    {
        public int? PendingBlock { get; private set; }

        public void Report(DownloadProgress value) => PendingBlock = value.PendingBlock ?? PendingBlock;
    }
}

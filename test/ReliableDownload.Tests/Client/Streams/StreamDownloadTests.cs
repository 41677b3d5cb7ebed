using Microsoft.AspNetCore.Http;
using ReliableDownload.Client;
using ReliableDownload.Tests.Client.AnyServer;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.Streams;

/// <summary>Downloads into a stream instead of a file.</summary>
public sealed class StreamDownloadTests
{
    private const int Blocks = 40;
    private const int Size = (Blocks * ClientFixture.BlockSize) + 5;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Size)]
    public async Task Proven_bytes_come_in_order_and_nothing_is_on_disk(int size)
    {
        await using var fixture = await ClientFixture.StartAsync(size);

        var (result, written) = await DownloadAsync(fixture);

        AssertComplete(fixture, result, written);
        Assert.Equal(("", size), (result.Target, result.Size));
        Assert.Empty(Directory.EnumerateFileSystemEntries(fixture.Folder.Path));
    }

    [Fact]
    public async Task Over_a_bad_line_the_bytes_are_the_same()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        var random = new Random(1);
        await using var line = Relay.To(fixture.Server.Url, number => new RelayScript
        {
            CutAfter = random.Next(10_000, 400_000),
            CorruptAt = number % 2 == 0 ? random.Next(10_000, 300_000) : -1,
        });

        var (result, written) = await DownloadAsync(fixture, fixture.Options with { MaxAttempts = 1000 }, url: line.Through(fixture.Server.Url));

        AssertComplete(fixture, result, written);
        Assert.True(result.Retries > 0);
    }

    [Fact]
    public async Task Nothing_of_a_wrong_block_is_written()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnRange = async (context, number) =>
        {
            var body = fixture.Server.Slice(context);
            body[^1] ^= (byte)(number < 3 ? 1 : 0);
            await ScriptedServer.SendRangeAsync(context, Size, body);
            return true;
        };

        var (result, written) = await DownloadAsync(fixture);

        AssertComplete(fixture, result, written);
        Assert.True(result.WrongBlocks > 0);
    }

    [Fact]
    public async Task A_reader_that_pauses_holds_the_connections_back()
    {
        const int Large = 56 << 20;
        const int Window = 52 << 20;
        await using var fixture = await ClientFixture.StartAsync(Large, blockSize: 1 << 20);
        using var output = new PausedStream();
        var fetched = new Latest();

        var download = new Downloader(fixture.Options).DownloadAsync(fixture.Server.Url, output, fetched, TestContext.Current.CancellationToken);
        await Eventually.IsTrueAsync(() => fetched.Bytes == Window, "all memory is full");
        Assert.Equal(0, output.Length);
        output.GoOn();

        AssertComplete(fixture, await download, output);
        Assert.InRange(fetched.Most, 1, Window);
    }

    [Fact]
    public async Task A_block_that_is_cut_when_all_memory_is_full_is_fetched_to_its_end()
    {
        const int Block = 1 << 20;
        const int Window = 52 * Block;
        await using var fixture = await ClientFixture.StartAsync(Window + Block, blockSize: Block);
        var fetched = new Latest();
        fixture.Server.OnRange = async (context, number) =>
        {
            if (number > 0)
                return false;
            var body = fixture.Server.Slice(context);
            await ScriptedServer.SendRangeAsync(context, fixture.Server.Content.Length, body[..^1]);
            await context.Response.Body.FlushAsync();
            await Eventually.IsTrueAsync(() => fetched.Bytes == Window - 1, "all memory is full");
            context.Abort();
            return true;
        };
        using var output = new MemoryStream();

        var download = new Downloader(fixture.Options).DownloadAsync(fixture.Server.Url, output, fetched, TestContext.Current.CancellationToken);

        AssertComplete(fixture, await download.WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken), output);
    }

    [Fact]
    public async Task A_download_that_waits_for_its_reader_can_be_canceled()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        using var output = new PausedStream();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

        var download = new Downloader(fixture.Options).DownloadAsync(fixture.Server.Url, output, cancellationToken: cancel.Token);
        await output.Begun;
        await cancel.CancelAsync();

        Assert.Equal(DownloadOutcome.Canceled, (await download).Outcome);
        output.GoOn();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_reader_that_is_gone_ends_the_download(bool takesRanges)
    {
        await using var fixture = takesRanges ? await ClientFixture.StartAsync(Size) : await PlainFixture.StartAsync();
        if (!takesRanges)
            fixture.Server.OnRange = (context, _) => PlainFixture.SendWholeAsync(context, fixture.Server.Content);
        using var output = new ClosedPipe();

        var result = await new Downloader(fixture.Options).DownloadAsync(fixture.Server.Url, output, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(DownloadOutcome.OutputClosed, result.Outcome);
    }

    [Fact]
    public async Task A_digest_that_came_wrong_is_asked_for_again_and_what_was_written_stays()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnMetadata = async (context, number) =>
        {
            if (number > 0)
                return false;
            var digests = fixture.Server.Digests().Run(0, Blocks + 1);
            digests[^1] ^= 1;
            await ScriptedServer.SendStreamAsync(context, lines =>
            {
                lines.File(fixture.Server.FileLine);
                lines.Blocks(0, digests, 32);
            });
            await ScriptedServer.HoldAsync(context);
            return true;
        };

        var (result, written) = await DownloadAsync(fixture, fixture.Options with { Connections = 1, StallLimit = Eventually.Limit, MaxAttempts = 30 });

        AssertComplete(fixture, result, written);
        Assert.Equal(2, fixture.Server.MetadataRequests);
    }

    [Theory]
    [InlineData(false, DownloadOutcome.Complete)]
    [InlineData(true, DownloadOutcome.KeptChanging)]
    public async Task Another_version_goes_on_where_what_was_written_is_the_same(bool isBeginningOther, DownloadOutcome outcome)
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        using var output = new PausedStream();
        output.GoOn();
        fixture.Server.OnRange = async (context, number) =>
        {
            if (number == 1)
            {
                // The head start's blocks have been written.
                await Eventually.IsTrueAsync(() => output.Length == 8 * ClientFixture.BlockSize, "the first blocks are written");
                var other = fixture.Server.Content.ToArray();
                other[isBeginningOther ? 0 : ^1] ^= 1;
                fixture.Server.Content = other;
            }

            return false;
        };

        var result = await new Downloader(fixture.Options with { Connections = 1 }).DownloadAsync(
            fixture.Server.Url, output, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(outcome, result.Outcome);
        if (outcome == DownloadOutcome.Complete)
            AssertComplete(fixture, result, output);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_without_digests_gives_unproven_bytes_in_order(bool takesRanges)
    {
        await using var fixture = await PlainFixture.StartAsync();
        if (!takesRanges)
            fixture.Server.OnRange = (context, _) => PlainFixture.SendWholeAsync(context, fixture.Server.Content, isChunked: true);

        var (result, written) = await DownloadAsync(fixture);

        Assert.Equal((DownloadOutcome.Unproven, PlainFixture.Size), (result.Outcome, result.Size));
        Assert.Equal(fixture.Server.Content, written.ToArray());
    }

    [Theory]
    [InlineData(true, true, DownloadOutcome.Complete)]
    [InlineData(true, false, DownloadOutcome.NotProven)]
    [InlineData(false, true, DownloadOutcome.Complete)]
    [InlineData(false, false, DownloadOutcome.NotProven)]
    public async Task A_checksum_proves_what_was_written_or_says_that_it_is_wrong(bool takesRanges, bool isRight, DownloadOutcome outcome)
    {
        await using var fixture = await PlainFixture.StartAsync();
        if (!takesRanges)
            fixture.Server.OnRange = (context, _) => PlainFixture.SendWholeAsync(context, fixture.Server.Content);
        var digest = System.Security.Cryptography.SHA512.HashData(fixture.Server.Content);
        digest[0] ^= (byte)(isRight ? 0 : 1);
        Assert.True(Checksum.TryParse($"sha-512={Convert.ToHexString(digest)}", out var checksum));

        var (result, written) = await DownloadAsync(fixture, fixture.Options with { Checksum = checksum });

        Assert.Equal(outcome, result.Outcome);
        Assert.Equal(fixture.Server.Content, written.ToArray());
        if (!isRight)
            Assert.Contains("what was written has SHA-512 ", result.Message);
    }

    [Fact]
    public async Task A_digest_that_is_known_of_another_version_only_proves_it()
    {
        const int Small = 300_000;
        await using var fixture = await PlainFixture.StartAsync(Small);
        var isOther = false;
        fixture.Server.Beside["/SHA256SUMS"] = context =>
        {
            context.Response.StatusCode = isOther ? 200 : 404;
            return isOther ? context.Response.WriteAsync($"{Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(fixture.Server.Content))}  file.bin") : Task.CompletedTask;
        };
        fixture.Server.OnRange = async (context, number) =>
        {
            if (number == 0)
            {
                (context.Response.Headers.ETag, context.Response.Headers.LastModified) = (fixture.Server.Version.ETag, fixture.Server.Modified!.Value.ToString("r"));
                await ScriptedServer.SendRangeAsync(context, Small, new byte[1000]);
            }

            if (number == 1)
            {
                await Eventually.IsTrueAsync(() => fixture.Server.AskedBeside.Count == 5, "nothing was found");
                (isOther, fixture.Server.Modified) = (true, fixture.Server.Modified!.Value.AddDays(1));
                fixture.Server.Content = ScriptedServer.RandomBytes(Small, seed: 2);
            }

            return number == 0;
        };

        var (result, written) = await DownloadAsync(fixture);

        AssertComplete(fixture, result, written);
        Assert.Equal("SHA-256", result.Checksum?.DisplayName);
    }

    [Theory]
    [InlineData(false, DownloadOutcome.Unproven)]
    [InlineData(true, DownloadOutcome.KeptChanging)]
    public async Task After_a_cut_one_pass_begins_again_and_compares_what_was_written(bool isChanged, DownloadOutcome outcome)
    {
        await using var fixture = await PlainFixture.StartAsync();
        var content = fixture.Server.Content;
        fixture.Server.OnRange = async (context, number) =>
        {
            context.Response.ContentLength = PlainFixture.Size;
            if (number == 3 && isChanged)
                content[100] ^= 1;
            // The second cut comes before what was written has been compared. A reset would throw away what the client has not read; to end too early does not.
            await context.Response.Body.WriteAsync(content.AsMemory(0, number switch { 0 => 3 << 20, 1 => 1 << 20, 2 => 4 << 20, _ => PlainFixture.Size }));
            return true;
        };

        var (result, written) = await DownloadAsync(fixture);

        Assert.Equal(outcome, result.Outcome);
        if (!isChanged)
            Assert.Equal(content, written.ToArray());
    }

    private static async Task<(DownloadResult Result, MemoryStream Written)> DownloadAsync(ClientFixture fixture, DownloadOptions? options = null, Uri? url = null)
    {
        var written = new MemoryStream();
        var result = await new Downloader(options ?? fixture.Options).DownloadAsync(
            url ?? fixture.Server.Url, written, cancellationToken: TestContext.Current.CancellationToken);
        return (result, written);
    }

    private static void AssertComplete(ClientFixture fixture, DownloadResult result, MemoryStream written)
    {
        Assert.Equal((DownloadOutcome.Complete, ""), (result.Outcome, result.Message));
        Assert.True(fixture.Server.Content.AsSpan().SequenceEqual(written.ToArray()), "the bytes are not the server's");
    }

    /// <summary>Takes nothing before it is told to.</summary>
    private sealed class PausedStream : MemoryStream
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _goesOn = new();

        public Task Begun => _begun.Task;

        public void GoOn() => _goesOn.Set();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _begun.TrySetResult();
            _goesOn.Wait();
            base.Write(buffer);
        }
    }

    /// <summary>A pipe's writing end whose reader is gone.</summary>
    private sealed class ClosedPipe : MemoryStream
    {
        private const int BrokenPipe = 32; // EPIPE

        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("Broken pipe", BrokenPipe);
    }

    /// <summary>What was fetched and not yet written, as last told, and the most of it.</summary>
    private sealed class Latest : IProgress<DownloadProgress>
    {
        public long Bytes { get; private set; }

        public long Most { get; private set; }

        public void Report(DownloadProgress value)
        {
            Bytes = value.BytesFetched - value.BytesProven;
            Most = Math.Max(Most, Bytes);
        }
    }
}

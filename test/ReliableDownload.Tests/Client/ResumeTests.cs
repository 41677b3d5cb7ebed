using ReliableDownload.Client;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client;

public sealed class ResumeTests
{
    private const int Blocks = 40;
    private const int Size = (Blocks * ClientFixture.BlockSize) + 77;
    // Less than the blocks of the metadata's first line, so that it is within the first request.
    private const int CutAt = (5 * ClientFixture.BlockSize) + 1000;

    [Fact]
    public async Task A_canceled_download_goes_on_where_it_was()
    {
        await using var fixture = await InterruptedAsync();

        var result = await fixture.DownloadAsync();

        fixture.AssertComplete(result);
        Assert.Equal(CutAt, result.BytesKept);
        Assert.Equal(Size - CutAt, result.BytesFetched);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("rd-journal 1\n")]
    [InlineData("rd-journal 1\ntarget %2Fsomewhere%2Felse\n0 99999999\n")]
    [InlineData("\0\0\0\0\0\0\0\0\0\0")]
    [InlineData(null)]
    public async Task A_journal_that_is_torn_foreign_or_gone_costs_no_data(string? journal)
    {
        await using var fixture = await InterruptedAsync();
        if (journal is null)
            File.Delete(fixture.Journal);
        else
            await File.WriteAllTextAsync(fixture.Journal, journal, TestContext.Current.CancellationToken);

        var result = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.Complete, result.Outcome);
        fixture.AssertTargetIsRight();
    }

    [Theory]
    [InlineData("5 x\n")]
    [InlineData("-5 10\n")]
    [InlineData("9223372036854775807 9223372036854775807\n")]
    [InlineData("12")]
    [InlineData("\0\0\0\0")]
    public async Task A_journal_with_a_torn_line_costs_no_data(string line)
    {
        await using var fixture = await InterruptedAsync();
        await File.AppendAllTextAsync(fixture.Journal, line, TestContext.Current.CancellationToken);

        var result = await fixture.DownloadAsync();

        fixture.AssertComplete(result);
        Assert.Equal(Size, result.BytesKept + result.BytesFetched);
    }

    [Fact]
    public async Task A_torn_journal_and_another_kill_cost_no_data()
    {
        await using var fixture = await InterruptedAsync();
        await File.AppendAllTextAsync(fixture.Journal, "12", TestContext.Current.CancellationToken);
        using var cancel = new CancellationTokenSource();
        fixture.Server.OnMetadata = async (context, _) =>
        {
            await ScriptedServer.SendStreamAsync(context, lines => lines.File(fixture.Server.FileLine));
            await Eventually.IsTrueAsync(() => !File.ReadAllText(fixture.Journal).EndsWith("12", StringComparison.Ordinal), "the journal is begun anew");
            await cancel.CancelAsync();
            return true;
        };
        Assert.Equal(DownloadOutcome.Canceled, (await fixture.DownloadAsync(cancellationToken: cancel.Token)).Outcome);
        fixture.Server.OnMetadata = (_, _) => Task.FromResult(false);

        var result = await fixture.DownloadAsync();

        fixture.AssertComplete(result);
        Assert.Equal(5 * ClientFixture.BlockSize, result.BytesKept);
    }

    [Fact]
    public async Task Bits_that_flipped_on_the_disk_are_fetched_again()
    {
        await using var fixture = await InterruptedAsync();
        var journal = await File.ReadAllLinesAsync(fixture.Journal, TestContext.Current.CancellationToken);
        var offset = long.Parse(journal.First(line => line[0] != '!' && line.EndsWith($" {ClientFixture.BlockSize}", StringComparison.Ordinal)).Split(' ')[0]);
        using (var part = File.OpenHandle(fixture.Part, FileMode.Open, FileAccess.ReadWrite))
        {
            var flipped = new byte[1];
            RandomAccess.Read(part, flipped, offset + 9);
            flipped[0] ^= 4;
            RandomAccess.Write(part, flipped, offset + 9);
        }

        var result = await fixture.DownloadAsync();

        fixture.AssertComplete(result);
        Assert.Equal(Size, result.BytesKept + result.BytesFetched);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(ClientFixture.BlockSize + 5)]
    [InlineData(2 * Size)]
    public async Task A_part_file_of_another_length_is_no_obstacle(long length)
    {
        await using var fixture = await InterruptedAsync();
        using (var part = File.OpenHandle(fixture.Part, FileMode.Open, FileAccess.ReadWrite))
            RandomAccess.SetLength(part, length);

        fixture.AssertComplete(await fixture.DownloadAsync());
    }

    [Fact]
    public async Task Block_files_of_rd_1_are_taken_over()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        var folder = Directory.CreateDirectory(Path.Combine(fixture.Blocks, "file.bin")).FullName;
        for (var block = 0; block < 10; block++)
        {
            var data = fixture.Server.Content.AsSpan(block * ClientFixture.BlockSize, ClientFixture.BlockSize);
            var name = $"block{block}_{Convert.ToHexStringLower(System.Security.Cryptography.SHA1.HashData(data))}";
            await File.WriteAllBytesAsync(Path.Combine(folder, name), data.ToArray(), TestContext.Current.CancellationToken);
        }

        await File.WriteAllBytesAsync(Path.Combine(folder, "block10_0123"), new byte[ClientFixture.BlockSize], TestContext.Current.CancellationToken);

        var result = await fixture.DownloadAsync();

        fixture.AssertComplete(result);
        Assert.Equal(10 * ClientFixture.BlockSize, result.BytesKept);
    }

    [Fact]
    public async Task Of_two_block_files_for_one_block_the_right_one_is_taken()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        var folder = Directory.CreateDirectory(Path.Combine(fixture.Blocks, "file.bin")).FullName;
        foreach (var name in (string[])["block3_0", "block3_7", "block3_f"])
        {
            await File.WriteAllBytesAsync(
                Path.Combine(folder, name), name == "block3_7" ? fixture.Server.Content[(3 * ClientFixture.BlockSize)..(4 * ClientFixture.BlockSize)] : new byte[ClientFixture.BlockSize],
                TestContext.Current.CancellationToken);
        }

        var result = await fixture.DownloadAsync();

        fixture.AssertComplete(result);
        Assert.Equal(ClientFixture.BlockSize, result.BytesKept);
    }

    [Fact]
    public async Task Block_files_of_rd_1_in_a_folder_named_as_the_url_is_encoded_are_taken_over_and_removed()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        var folder = Directory.CreateDirectory(Path.Combine(fixture.Blocks, "with%20space.bin")).FullName;
        await File.WriteAllBytesAsync(
            Path.Combine(folder, "block1_1"), fixture.Server.Content[ClientFixture.BlockSize..(2 * ClientFixture.BlockSize)], TestContext.Current.CancellationToken);

        var result = await new Downloader(fixture.Options).DownloadAsync(
            new Uri(fixture.Server.Url, "with%20space.bin"), fixture.Folder["with space.bin"], cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal("", result.Message);
        Assert.Equal(ClientFixture.BlockSize, result.BytesKept);
        Assert.Equal(["with space.bin"], Directory.EnumerateFileSystemEntries(fixture.Folder.Path).Select(Path.GetFileName));
    }

    /// <summary>A download that was cut in the middle and canceled when it asked again.</summary>
    private static async Task<ClientFixture> InterruptedAsync()
    {
        var fixture = await ClientFixture.StartAsync(Size);
        using var cancel = new CancellationTokenSource();
        fixture.Server.OnRange = async (context, number) =>
        {
            if (number == 0)
            {
                await ScriptedServer.SendRangeAsync(context, Size, fixture.Server.Slice(context)[..CutAt]);
                return true;
            }

            await cancel.CancelAsync();
            context.Abort();
            return true;
        };
        var result = await fixture.DownloadAsync(fixture.Options with { Connections = 1 }, cancel.Token);
        Assert.Equal(DownloadOutcome.Canceled, result.Outcome);
        fixture.Server.OnRange = (_, _) => Task.FromResult(false);
        return fixture;
    }
}

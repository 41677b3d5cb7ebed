using ReliableDownload.Client;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client;

public sealed class ChangedFileTests
{
    private const int Blocks = 40;
    private const int Size = Blocks * ClientFixture.BlockSize;

    [Theory]
    [InlineData(Size)]
    [InlineData(Size - 100)]
    [InlineData(Size + (3 * ClientFixture.BlockSize) + 5)]
    public async Task A_file_that_is_replaced_in_the_middle_arrives_as_the_new_one(int newSize)
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnRange = (_, number) =>
        {
            if (number == 1)
                fixture.Server.Content = ScriptedServer.RandomBytes(newSize, seed: 2);
            return Task.FromResult(false);
        };

        fixture.AssertComplete(await fixture.DownloadAsync(fixture.Options with { Connections = 2 }));
        Assert.Contains(fixture.Events, told => told.Contains("changed on the server", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Blocks_that_are_the_same_in_the_new_file_are_kept()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnRange = async (context, number) =>
        {
            if (number == 1)
                fixture.Server.Content = [.. fixture.Server.Content[..^1], (byte)~fixture.Server.Content[^1]];
            if (number > 0)
                return false;
            await ScriptedServer.SendRangeAsync(context, Size, fixture.Server.Slice(context)[..(5 * ClientFixture.BlockSize)]);
            return true;
        };

        var result = await fixture.DownloadAsync(fixture.Options with { Connections = 1 });

        fixture.AssertComplete(result);
        Assert.True(result.BytesKept > 0);
        Assert.InRange(result.BytesFetched, Size, Size + (2 * ClientFixture.BlockSize));
    }

    [Fact]
    public async Task What_is_kept_of_a_file_that_changes_twice_counts_once()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        var last = 0L;
        HashSet<string> old = [];
        fixture.Server.OnRange = async (context, number) =>
        {
            var version = context.Request.Headers.IfRange.ToString();
            var from = ScriptedServer.RangeOf(context).From;
            if (number == 1 || (last == 0 && from >= Size / 2))
            {
                fixture.Server.Content = [.. fixture.Server.Content[..^1], (byte)(fixture.Server.Content[^1] + 1)];
                last = number == 1 ? 0 : from;
                old.Add(version);
            }

            if (old.Contains(version))
                return false;
            var asked = fixture.Server.Slice(context);
            await ScriptedServer.SendRangeAsync(context, Size, asked[..Math.Min(asked.Length, 5 * ClientFixture.BlockSize)]);
            return true;
        };

        var result = await fixture.DownloadAsync(fixture.Options with { Connections = 1 });

        fixture.AssertComplete(result);
        Assert.InRange(last, Size / 2, Size);
        Assert.Equal(last, result.BytesKept);
    }

    [Fact]
    public async Task A_file_that_never_stops_changing_is_told_of()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnRange = (_, number) =>
        {
            fixture.Server.Content = ScriptedServer.RandomBytes(Size, seed: number + 2);
            return Task.FromResult(false);
        };

        var result = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.KeptChanging, result.Outcome);
        Assert.False(File.Exists(fixture.Target));
    }

    [Fact]
    public async Task A_stream_that_says_changed_is_asked_anew()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnMetadata = async (context, number) =>
        {
            if (number > 0)
                return false;
            await ScriptedServer.SendStreamAsync(context, lines =>
            {
                lines.File(fixture.Server.FileLine);
                lines.Changed();
            });
            return true;
        };

        fixture.AssertComplete(await fixture.DownloadAsync());
        Assert.Equal(2, fixture.Server.MetadataRequests);
    }
}

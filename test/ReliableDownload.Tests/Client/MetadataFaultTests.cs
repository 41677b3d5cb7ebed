using Microsoft.AspNetCore.Http;
using ReliableDownload.Client;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client;

public sealed class MetadataFaultTests
{
    private const int Blocks = 40;
    private const int Size = Blocks * ClientFixture.BlockSize;

    [Fact]
    public async Task A_stream_that_is_cut_goes_on_behind_the_last_digest()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        var froms = new List<string?>();
        var isCut = false;
        var digestsHaveCome = new TaskCompletionSource();
        fixture.Server.OnMetadata = async (context, number) =>
        {
            froms.Add(context.Request.Query["from"]);
            if (number > 0)
                return false;
            await ScriptedServer.SendStreamAsync(context, lines =>
            {
                lines.File(fixture.Server.FileLine);
                lines.Blocks(0, fixture.Server.Digests().Run(0, 5), 32);
            });
            await digestsHaveCome.Task.WaitAsync(context.RequestAborted);
            isCut = true;
            context.Abort();
            return true;
        };

        fixture.AssertComplete(await fixture.DownloadAsync(progress: new ProgressProbe(now =>
        {
            if (now.BytesProven > 0)
                digestsHaveCome.TrySetResult();
        })));
        Assert.True(isCut, "the client gave the stream up before it was cut");
        Assert.Equal([null, "5"], froms);
    }

    [Fact]
    public async Task A_conflict_on_a_server_that_is_no_rd_api_is_no_change_of_the_file()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnMetadata = (context, _) =>
        {
            context.Response.StatusCode = StatusCodes.Status409Conflict;
            return Task.FromResult(true);
        };

        var result = await fixture.DownloadAsync();

        Assert.Equal((DownloadOutcome.Unproven, ""), (result.Outcome, result.Message));
        fixture.AssertTargetIsRight();
    }

    [Fact]
    public async Task A_stream_that_falls_silent_is_opened_again()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnMetadata = async (context, number) =>
        {
            if (number > 0)
                return false;
            await ScriptedServer.SendStreamAsync(context, lines => lines.File(fixture.Server.FileLine));
            await ScriptedServer.HoldAsync(context);
            return true;
        };

        fixture.AssertComplete(await fixture.DownloadAsync(fixture.Impatient));
    }

    [Theory]
    [InlineData("""{"type":"file","path":"x","size":-5,"block_size":65536,"block_count":1,"digest":"sha-256","version":"v","modified":""}""")]
    [InlineData("""{"type":"file","path":"x","size":9000000000000000000,"block_size":65536,"block_count":1,"digest":"sha-256","version":"v","modified":""}""")]
    [InlineData("""{"type":"file","path":"x","size":9000000000000000000,"block_size":1,"block_count":9000000000000000000,"digest":"sha-256","version":"v","modified":""}""")]
    [InlineData("""{"type":"file","path":"x","size":10,"block_size":2147483647,"block_count":1,"digest":"sha-256","version":"v","modified":""}""")]
    [InlineData("""{"type":"file","path":"x","size":10,"block_size":0,"block_count":1,"digest":"sha-256","version":"v","modified":""}""")]
    [InlineData("""{"type":"file","path":"x","size":10,"block_size":65536,"block_count":2,"digest":"sha-256","version":"v","modified":""}""")]
    [InlineData("""{"type":"file","path":"x","size":10,"block_size":65536,"block_count":1,"digest":"md5","version":"v","modified":""}""")]
    [InlineData("""{"type":"blocks","first":0,"digests":[]}""")]
    [InlineData("""{"type":"nonsense"}""")]
    [InlineData("""not json""")]
    [InlineData("""[1,2,3]""")]
    public async Task A_first_line_that_cannot_be_is_an_error_of_the_protocol(string line)
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnMetadata = (context, _) => AnswerAsync(context, Wire.StreamMediaType, line + "\n");

        var result = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.Protocol, result.Outcome);
        Assert.NotEmpty(result.Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(fixture.Folder.Path));
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(Blocks, 1)]
    [InlineData(Blocks - 1, 2)]
    [InlineData(int.MaxValue, 1)]
    public async Task Digests_of_blocks_that_the_file_has_not_are_an_error_of_the_protocol(int first, int count)
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnMetadata = async (context, _) =>
        {
            await ScriptedServer.SendStreamAsync(context, lines =>
            {
                lines.File(fixture.Server.FileLine);
                lines.Blocks(first, new byte[32 * count], 32);
            });
            return true;
        };

        Assert.Equal(DownloadOutcome.Protocol, (await fixture.DownloadAsync()).Outcome);
    }

    [Fact]
    public async Task A_root_that_is_not_that_of_the_digests_is_an_error_of_the_protocol()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnMetadata = async (context, _) =>
        {
            await ScriptedServer.SendStreamAsync(context, lines =>
            {
                lines.File(fixture.Server.FileLine);
                lines.Blocks(0, fixture.Server.Digests().Run(0, Blocks), 32);
                lines.End(new byte[32]);
            });
            return true;
        };

        Assert.Equal(DownloadOutcome.Protocol, (await fixture.DownloadAsync()).Outcome);
        Assert.False(File.Exists(fixture.Target));
    }

    [Fact]
    public async Task A_line_without_end_does_not_fill_the_memory()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnMetadata = async (context, _) =>
        {
            context.Response.ContentType = Wire.StreamMediaType;
            for (var sent = 0; sent < 4 * Wire.MaxLineBytes && !context.RequestAborted.IsCancellationRequested; sent += 4096)
                await context.Response.WriteAsync(new string('x', 4096));
            return true;
        };

        var result = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.Protocol, result.Outcome);
        Assert.Contains("longer", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_of_html_where_metadata_should_be_says_that_this_is_no_rd_api()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.NamesDigests = true;
        fixture.Server.OnMetadata = (context, _) => AnswerAsync(context, "text/html", "<html>");

        var result = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.Protocol, result.Outcome);
        Assert.Contains("rd-api", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_there_ends_at_once_and_leaves_nothing_behind()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnMetadata = fixture.Server.OnRange = (context, _) =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.FromResult(true);
        };

        var result = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.Http, result.Outcome);
        Assert.Equal(1, fixture.Server.MetadataRequests);
        Assert.Empty(Directory.EnumerateFileSystemEntries(fixture.Folder.Path));
    }

    [Fact]
    public async Task A_server_that_comes_back_is_found_again()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnMetadata = (context, number) =>
        {
            if (number < 3)
                context.Abort();
            return Task.FromResult(number < 3);
        };

        var result = await fixture.DownloadAsync();

        fixture.AssertComplete(result);
        Assert.Equal(3, result.Retries);
    }

    private static async Task<bool> AnswerAsync(HttpContext context, string type, string body)
    {
        context.Response.ContentType = type;
        await context.Response.WriteAsync(body);
        return true;
    }
}

using Microsoft.AspNetCore.Http;
using ReliableDownload.Client;
using ReliableDownload.Protocol;

namespace ReliableDownload.Tests.Client;

/// <summary>rd against an rd-api 1.x, which knows only the classic form and answers 200 to everything.</summary>
public sealed class ClassicServerTests
{
    private const int Blocks = 12;
    private const int Size = (Blocks * ClientFixture.BlockSize) - 9;

    [Fact]
    public async Task Digests_that_are_pending_at_first_are_asked_for_again()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnMetadata = (context, number) => AnswerAsync(context, fixture, known: Math.Min(Blocks, number * 5));

        var result = await fixture.DownloadAsync();

        fixture.AssertComplete(result);
        Assert.Equal(DigestAlgorithm.Sha1, result.Algorithm);
        Assert.Equal(4, fixture.Server.MetadataRequests);
    }

    [Fact]
    public async Task A_file_of_which_there_are_no_digests_is_fetched_all_the_same()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnMetadata = async (context, _) =>
        {
            context.Response.ContentType = Wire.ClassicMediaType;
            using var document = new ClassicMetadataWriter(context.Response.BodyWriter);
            document.Error("getFileStatus on no-such-file failed");
            await context.Response.BodyWriter.FlushAsync();
            return true;
        };

        var result = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.Unproven, result.Outcome);
        fixture.AssertTargetIsRight();
        Assert.Contains(fixture.Events, told => told.Contains("getFileStatus on no-such-file failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_that_changes_between_two_polls_is_begun_anew()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnMetadata = (context, number) =>
        {
            if (number == 1)
                fixture.Server.Content = Support.ScriptedServer.RandomBytes(Size, seed: 5);
            return AnswerAsync(context, fixture, known: number == 0 ? 3 : Blocks);
        };

        fixture.AssertComplete(await fixture.DownloadAsync());
    }

    private static async Task<bool> AnswerAsync(HttpContext context, ClientFixture fixture, int known)
    {
        var layout = fixture.Server.Layout;
        var digests = new DigestTable(DigestAlgorithm.Sha1, layout.BlockCount);
        digests.SetRun(0, fixture.Server.Digests(DigestAlgorithm.Sha1).Run(0, known));
        context.Response.ContentType = "application/json; charset=utf-8";
        using var document = new ClassicMetadataWriter(context.Response.BodyWriter);
        document.Begin("file.bin", layout);
        document.Blocks(layout, digests, 0, layout.BlockCount);
        document.End();
        await context.Response.BodyWriter.FlushAsync();
        return true;
    }
}

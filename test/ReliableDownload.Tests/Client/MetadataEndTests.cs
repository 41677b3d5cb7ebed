using Microsoft.AspNetCore.Http;
using ReliableDownload.Client;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client;

/// <summary>Metadata that ends too early, on the wire or on disk.</summary>
public sealed class MetadataEndTests
{
    private const int Blocks = 20;
    private const int Size = Blocks * ClientFixture.BlockSize;

    [Fact]
    public async Task A_server_that_is_gone_after_its_last_digest_has_said_enough()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        var digestsHaveCome = new TaskCompletionSource();
        fixture.Server.OnRange = (_, number) =>
        {
            // The first one does not wait for digests.
            if (number > 0)
                digestsHaveCome.TrySetResult();
            return Task.FromResult(false);
        };
        fixture.Server.OnMetadata = async (context, number) =>
        {
            if (number == 0)
            {
                await ScriptedServer.SendStreamAsync(context, lines =>
                {
                    lines.File(fixture.Server.FileLine);
                    lines.Blocks(0, fixture.Server.Digests().Run(0, Blocks), 32);
                });
                await digestsHaveCome.Task;
            }

            context.Abort();
            return true;
        };

        var result = await fixture.DownloadAsync(fixture.Options with { MaxAttempts = 100_000, MaxOutage = TimeSpan.FromMinutes(5) });

        fixture.AssertComplete(result);
    }

    [Fact]
    public async Task Kept_metadata_that_was_cut_is_an_error_and_no_endless_wait()
    {
        await using var fixture = await KeptAsync();
        var manifest = Path.Combine(fixture.Blocks, "file.bin", "manifest");
        using (var kept = File.OpenHandle(manifest, FileMode.Open, FileAccess.Write))
            RandomAccess.SetLength(kept, 400);
        await fixture.Server.DisposeAsync();
        using var limit = new CancellationTokenSource(Eventually.Limit);

        var result = await fixture.DownloadAsync(fixture.Options with { KeepBlocks = true }, limit.Token);

        Assert.Equal(DownloadOutcome.Protocol, result.Outcome);
        Assert.False(File.Exists(fixture.Target));
    }

    [Fact]
    public async Task With_kept_blocks_too_a_busy_server_is_asked_again()
    {
        await using var fixture = await KeptAsync();
        fixture.Server.OnMetadata = (context, number) =>
        {
            if (number == 1)
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return Task.FromResult(number == 1);
        };

        var result = await fixture.DownloadAsync(fixture.Options with { KeepBlocks = true });

        Assert.Equal("", result.Message);
        Assert.Equal(DownloadOutcome.Complete, result.Outcome);
    }

    /// <summary>A download whose blocks were kept, and whose file is gone.</summary>
    private static async Task<ClientFixture> KeptAsync()
    {
        var fixture = await ClientFixture.StartAsync(Size);
        await fixture.DownloadAsync(fixture.Options with { KeepBlocks = true });
        File.Delete(fixture.Target);
        return fixture;
    }
}

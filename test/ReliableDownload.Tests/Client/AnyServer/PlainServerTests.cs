using System.Security.Cryptography;
using ReliableDownload.Client;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.AnyServer;

/// <summary>A server that sends ranges and tells no digests: the file comes as safely as from an rd-api, but is said to be unproven.</summary>
public sealed class PlainServerTests
{
    [Fact]
    public async Task A_file_arrives_and_is_said_to_be_unproven()
    {
        await using var fixture = await PlainFixture.StartAsync();

        var result = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.Unproven, result.Outcome);
        fixture.AssertTargetIsRight();
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(fixture.Server.Content)), result.Checksum!.Hex);
        Assert.Equal(PlainFixture.Size, result.BytesFetched);
        Assert.Equal(["file.bin"], Directory.EnumerateFileSystemEntries(fixture.Folder.Path).Select(Path.GetFileName));
        Assert.Equal(fixture.Server.Modified!.Value.UtcDateTime, File.GetLastWriteTimeUtc(fixture.Target));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    public async Task A_tiny_file_arrives(int size)
    {
        await using var fixture = await PlainFixture.StartAsync(size);

        Assert.Equal(DownloadOutcome.Unproven, (await fixture.DownloadAsync()).Outcome);
        fixture.AssertTargetIsRight();
    }

    [Fact]
    public async Task What_an_interrupted_download_fetched_is_not_fetched_again()
    {
        await using var fixture = await InterruptedAsync();

        var result = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.Unproven, result.Outcome);
        fixture.AssertTargetIsRight();
        Assert.True(result.BytesKept > 2 << 20, $"{result.BytesKept} bytes were kept");
        Assert.Equal(PlainFixture.Size, result.BytesKept + result.BytesFetched);
    }

    [Fact]
    public async Task Bytes_that_changed_on_the_disk_are_fetched_again()
    {
        await using var fixture = await InterruptedAsync();
        await using (var part = File.OpenWrite(fixture.Part))
        {
            // In the first block, which is whole, and in what is there of the second one.
            foreach (var offset in (long[])[1000, (2 << 20) + 1000])
            {
                part.Position = offset;
                part.WriteByte((byte)~fixture.Server.Content[offset]);
            }
        }

        var result = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.Unproven, result.Outcome);
        fixture.AssertTargetIsRight();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Another_version_begins_anew(bool isSameSize)
    {
        await using var fixture = await InterruptedAsync();
        fixture.Server.Content = ScriptedServer.RandomBytes(PlainFixture.Size + (isSameSize ? 0 : 5), seed: 2);
        fixture.Server.Modified += TimeSpan.FromSeconds(1);

        var result = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.Unproven, result.Outcome);
        fixture.AssertTargetIsRight();
        Assert.Equal(0, result.BytesKept);
    }

    [Fact]
    public async Task A_file_that_changes_in_the_middle_never_becomes_a_mixture()
    {
        await using var fixture = await PlainFixture.StartAsync();
        fixture.Server.OnRange = (_, number) =>
        {
            if (number == 2)
                (fixture.Server.Content, fixture.Server.Modified) = (ScriptedServer.RandomBytes(PlainFixture.Size, seed: 3), DateTimeOffset.UnixEpoch.AddDays(5));
            return Task.FromResult(false);
        };

        var result = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.Unproven, result.Outcome);
        fixture.AssertTargetIsRight();
    }

    [Fact]
    public async Task Servers_with_other_tags_for_the_same_file_are_one_server()
    {
        await using var fixture = await PlainFixture.StartAsync();
        fixture.Server.OnRange = async (context, number) =>
        {
            context.Response.Headers.ETag = $"\"node-{number % 3}\"";
            context.Response.Headers.LastModified = fixture.Server.Modified!.Value.ToString("R");
            var condition = context.Request.Headers.IfRange.ToString();
            if (condition.Length > 0 && condition != context.Response.Headers.ETag && condition != context.Response.Headers.LastModified)
                return await PlainFixture.SendWholeAsync(context, fixture.Server.Content);
            await ScriptedServer.SendRangeAsync(context, PlainFixture.Size, fixture.Server.Slice(context));
            return true;
        };

        var result = await fixture.DownloadAsync(fixture.Options with { MaxAttempts = 30 });

        Assert.Equal(DownloadOutcome.Unproven, result.Outcome);
        fixture.AssertTargetIsRight();
        Assert.DoesNotContain(fixture.Events, told => told.Contains("changed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_login_page_is_told_of_and_never_written()
    {
        await using var fixture = await InterruptedAsync();
        var (journal, isLoggedOut) = (await File.ReadAllTextAsync(fixture.Journal, TestContext.Current.CancellationToken), true);
        fixture.Server.OnRange = async (context, _) =>
        {
            context.Response.ContentType = "text/html";
            return isLoggedOut && await PlainFixture.SendWholeAsync(context, "<html>Please log in</html>"u8.ToArray());
        };

        var result = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.Protocol, result.Outcome);
        Assert.Contains("page of text/html", result.Message);
        Assert.Equal(journal, await File.ReadAllTextAsync(fixture.Journal, TestContext.Current.CancellationToken));
        fixture.Server.OnRange = (_, _) => Task.FromResult(false);
        Assert.True((await fixture.DownloadAsync()).BytesKept > 2 << 20);
        fixture.AssertTargetIsRight();
    }

    [Fact]
    public async Task A_target_of_the_server_s_size_and_time_is_taken_for_complete_but_not_for_proven()
    {
        await using var fixture = await PlainFixture.StartAsync();
        await fixture.DownloadAsync();

        var again = await fixture.DownloadAsync();
        File.SetLastWriteTimeUtc(fixture.Target, DateTime.UnixEpoch);
        var older = await fixture.DownloadAsync();
        var forced = await fixture.DownloadAsync(fixture.Options with { Overwrite = true });

        Assert.Equal((DownloadOutcome.Unproven, true, 0), (again.Outcome, again.WasThere, again.BytesFetched));
        Assert.Equal(DownloadOutcome.TargetExists, older.Outcome);
        Assert.Equal((DownloadOutcome.Unproven, false), (forced.Outcome, forced.WasThere));
    }

    [Fact]
    public async Task Where_proof_is_required_nothing_is_fetched()
    {
        await using var fixture = await PlainFixture.StartAsync();

        var result = await fixture.DownloadAsync(fixture.Options with { RequireProof = true });

        Assert.Equal(DownloadOutcome.NotProven, result.Outcome);
        Assert.Equal(0, result.BytesFetched);
        Assert.False(File.Exists(fixture.Target));
    }

    // The first block, and some of the second.
    private static async Task<ClientFixture> InterruptedAsync()
    {
        const int CutAt = (2 << 20) + (600 << 10);
        var fixture = await PlainFixture.StartAsync();
        fixture.Server.OnRange = async (context, _) =>
        {
            var (from, _) = ScriptedServer.RangeOf(context);
            context.Response.Headers.ETag = fixture.Server.Version.ETag;
            context.Response.Headers.LastModified = fixture.Server.Modified!.Value.ToString("R");
            var body = fixture.Server.Slice(context);
            if (from >= CutAt)
                context.Abort();
            else
                await ScriptedServer.SendRangeAsync(context, PlainFixture.Size, body[..(int)Math.Min(body.Length, CutAt - from)]);
            return true;
        };
        Assert.Equal(DownloadOutcome.Network, (await fixture.DownloadAsync(fixture.Options with { Connections = 1 })).Outcome);
        fixture.Server.OnRange = (_, _) => Task.FromResult(false);
        return fixture;
    }
}

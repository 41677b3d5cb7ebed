using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Client;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client;

/// <summary>What a server or the line can do to a range request. None of it may end with a wrong file.</summary>
public sealed class RangeFaultTests
{
    private const int Size = (10 * ClientFixture.BlockSize) + 123;

    [Fact]
    public async Task A_silent_server_is_not_asked_past_the_caches_which_would_have_still_more_to_do()
    {
        await using var fixture = await ClientFixture.StartAsync(ClientFixture.BlockSize);
        var asked = new ConcurrentQueue<string>();
        fixture.Server.OnRange = async (context, number) =>
        {
            asked.Enqueue(context.Request.Headers.CacheControl.ToString());
            if (number < 4)
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return number < 4;
        };

        var result = await fixture.DownloadAsync(fixture.Impatient with { Connections = 1, StallLimit = TimeSpan.FromMilliseconds(200) });

        fixture.AssertComplete(result);
        Assert.True(asked.Count >= 5);
        Assert.DoesNotContain("no-cache", asked);
    }

    [Fact]
    public async Task A_cache_that_holds_the_file_from_when_it_had_just_changed_is_passed()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnRange = async (context, _) =>
        {
            if (context.Request.Headers.CacheControl == "no-cache" || context.Request.Headers.Range.ToString().StartsWith("bytes=0-", StringComparison.Ordinal))
                return false;
            // A weak tag satisfies no If-Range, and cannot be compared with the strong one of later.
            context.Response.Headers.ETag = "W/\"young\"";
            context.Response.ContentLength = Size;
            await context.Response.Body.WriteAsync(new byte[Size]);
            return true;
        };

        var result = await fixture.DownloadAsync(fixture.Options with { Connections = 1 });

        fixture.AssertComplete(result);
        Assert.Equal(0, result.Retries);
    }

    [Fact]
    public async Task Blocks_with_wrong_bytes_are_fetched_again()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnRange = async (context, number) =>
        {
            if (number % 3 != 1)
                return false;
            var body = fixture.Server.Slice(context);
            body[body.Length / 2] ^= 1;
            await ScriptedServer.SendRangeAsync(context, Size, body);
            return true;
        };

        var result = await fixture.DownloadAsync();

        fixture.AssertComplete(result);
        Assert.True(result.WrongBlocks > 0);
        Assert.Contains(fixture.Events, told => told.Contains("wrong bytes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Bytes_that_are_always_wrong_end_as_not_proven()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnRange = async (context, _) =>
        {
            await ScriptedServer.SendRangeAsync(context, Size, new byte[fixture.Server.Slice(context).Length]);
            return true;
        };

        var result = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.NotProven, result.Outcome);
        Assert.False(File.Exists(fixture.Target));
    }

    [Fact]
    public async Task Bytes_that_a_proxy_compressed_are_told_of()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnRange = (context, _) =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            return Task.FromResult(false);
        };

        var result = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.Protocol, result.Outcome);
        Assert.Contains("gzip", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_near_server_that_takes_seconds_to_answer_is_waited_for()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnRange = async (context, _) =>
        {
            // A disk that has to spin up, for each answer; more than the 3 s that a near server usually gets.
            await Task.Delay(TimeSpan.FromSeconds(3.5), context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return false;
        };

        fixture.AssertComplete(await fixture.DownloadAsync(fixture.Options with { Connections = 2, MaxAttempts = 1000 }));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(ClientFixture.BlockSize - 1)]
    [InlineData(ClientFixture.BlockSize)]
    public async Task What_came_before_a_cut_is_not_fetched_again(int bytesBeforeCut)
    {
        const int FileSize = 40 * ClientFixture.BlockSize;
        await using var fixture = await ClientFixture.StartAsync(FileSize);
        fixture.Server.OnRange = async (context, number) =>
        {
            var body = fixture.Server.Slice(context);
            if (number >= 4 || body.Length <= bytesBeforeCut)
                return false;
            await ScriptedServer.SendRangeAsync(context, FileSize, body[..bytesBeforeCut]);
            return true;
        };

        var result = await fixture.DownloadAsync();

        fixture.AssertComplete(result);
        Assert.True(result.Retries > 0);
        Assert.Equal(FileSize, result.BytesFetched);
    }

    [Fact]
    public async Task A_reset_before_the_headers_is_tried_again()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnRange = (context, number) =>
        {
            if (number < 5)
                context.Abort();
            return Task.FromResult(number < 5);
        };

        fixture.AssertComplete(await fixture.DownloadAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_silent_connection_is_given_up(bool afterSomeBytes)
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnRange = async (context, number) =>
        {
            if (number >= 3)
                return false;
            if (afterSomeBytes)
            {
                context.Response.StatusCode = StatusCodes.Status206PartialContent;
                context.Response.Headers.ContentRange = $"bytes {ScriptedServer.RangeOf(context).From}-{ScriptedServer.RangeOf(context).To}/{Size}";
                await context.Response.Body.WriteAsync(fixture.Server.Slice(context).AsMemory(0, 100));
                await context.Response.Body.FlushAsync();
            }

            await ScriptedServer.HoldAsync(context);
            return true;
        };

        var result = await fixture.DownloadAsync(fixture.Impatient with { Connections = 1 });

        fixture.AssertComplete(result);
        Assert.Contains(fixture.Events, told => told.Contains("nothing came for too long", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_ignores_ranges_still_serves_a_file_from_its_start()
    {
        await using var fixture = await ClientFixture.StartAsync(ClientFixture.BlockSize / 2);
        fixture.Server.OnRange = async (context, _) =>
        {
            context.Response.ContentLength = fixture.Server.Content.Length;
            await context.Response.Body.WriteAsync(fixture.Server.Content);
            return true;
        };

        fixture.AssertComplete(await fixture.DownloadAsync());
    }

    [Fact]
    public async Task A_200_to_a_range_in_the_middle_is_not_taken_for_the_range()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnRange = async (context, number) =>
        {
            if (number > 3)
                return false;
            if (number == 0)
            {
                await ScriptedServer.SendRangeAsync(context, Size, fixture.Server.Slice(context)[..100]);
                return true;
            }

            context.Response.ContentLength = Size;
            await context.Response.Body.WriteAsync(fixture.Server.Content);
            return true;
        };

        fixture.AssertComplete(await fixture.DownloadAsync(fixture.Options with { Connections = 1 }));
    }

    [Fact]
    public async Task Another_range_than_asked_is_refused()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnRange = async (context, number) =>
        {
            context.Response.StatusCode = StatusCodes.Status206PartialContent;
            context.Response.Headers.ContentRange = $"bytes 7-{Size - 1}/{Size}";
            await context.Response.Body.WriteAsync(fixture.Server.Content.AsMemory(7));
            return true;
        };

        var result = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.Protocol, result.Outcome);
        Assert.Contains("another range", result.Message, StringComparison.Ordinal);
        Assert.Equal(0, result.BytesFetched);
    }

    [Fact]
    public async Task An_error_page_with_status_200_is_not_taken_for_the_file()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnRange = async (context, number) =>
        {
            if (number > 4)
                return false;
            context.Response.ContentType = "text/html";
            await context.Response.WriteAsync("<html>Please log in to the hotel's network</html>");
            return true;
        };

        var result = await fixture.DownloadAsync();

        fixture.AssertComplete(result);
        Assert.Equal(0, result.WrongBlocks);
    }

    [Fact]
    public async Task A_503_is_tried_again_when_the_server_asked_to_be()
    {
        await using var fixture = await ClientFixture.StartAsync(ClientFixture.BlockSize);
        fixture.Server.OnRange = (context, number) =>
        {
            if (number == 0)
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                context.Response.Headers.RetryAfter = "1";
            }

            return Task.FromResult(number == 0);
        };

        var result = await fixture.DownloadAsync();

        fixture.AssertComplete(result);
        Assert.True(result.Elapsed >= TimeSpan.FromSeconds(1), $"it came back after {result.Elapsed}");
    }

    [Theory]
    [InlineData(StatusCodes.Status403Forbidden, DownloadOutcome.NotAllowed, 1)]
    [InlineData(StatusCodes.Status404NotFound, DownloadOutcome.Http, 1)]
    [InlineData(StatusCodes.Status500InternalServerError, DownloadOutcome.Http, 6)]
    public async Task An_error_status_ends_at_once_or_after_all_attempts(int status, DownloadOutcome outcome, int requests)
    {
        await using var fixture = await ClientFixture.StartAsync(ClientFixture.BlockSize);
        fixture.Server.OnRange = (context, _) =>
        {
            context.Response.StatusCode = status;
            return Task.FromResult(true);
        };

        var result = await fixture.DownloadAsync();

        Assert.Equal(outcome, result.Outcome);
        Assert.Contains(status.ToString(), result.Message, StringComparison.Ordinal);
        Assert.Equal(requests, fixture.Server.RangeRequests);
    }
}

using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ReliableDownload.Api;
using ReliableDownload.Api.Hosting;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Files;

/// <summary>What may happen while a file is sent: it is larger than all buffers, and is read when the test wants.</summary>
public sealed class SendingTests(ServedFolder folder) : IClassFixture<ServedFolder>
{
    private const int Size = 16 << 20;
    private const int MaxHead = 1000;

    [Fact]
    public async Task Files_that_shrink_are_cut_and_never_padded_and_each_is_told_of()
    {
        // So many at once that the server is busy: what it does then has been in another order.
        var names = Enumerable.Range(0, 64).Select(_ => CreateLarge()).ToList();
        await Task.WhenAll(names.Select(ShrinkWhileSentAsync));
        foreach (var name in names)
            await folder.Server.Process.Error.WaitForAsync($"{name} shrank");
    }

    [Fact]
    public async Task A_file_that_grows_is_sent_as_it_was_promised()
    {
        var name = CreateLarge();
        await using var connection = await AskAsync(folder.Server.BaseAddress, name);
        await connection.ReadAsync(1);
        await File.AppendAllTextAsync(folder[name], "more");
        AssertIsWhole(await connection.ReadToEndAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_that_is_replaced_or_deleted_is_sent_to_its_end(bool isReplaced)
    {
        var name = CreateLarge();
        await using var connection = await AskAsync(folder.Server.BaseAddress, name);
        await connection.ReadAsync(1);
        if (isReplaced)
            File.Move(folder[folder.CreateFile("another")], folder[name], overwrite: true);
        else
            File.Delete(folder[name]);
        AssertIsWhole(await connection.ReadToEndAsync());
    }

    [Fact]
    public async Task A_client_that_stands_still_is_cut_after_the_limit_and_not_before()
    {
        var limit = TimeSpan.FromSeconds(1.5);
        await using var app = await StartAsync(limit);
        var watch = Stopwatch.StartNew();
        await using var connection = await AskAsync(new Uri(app.Urls.Single()), CreateLarge());
        await connection.ReadAsync(1);
        Assert.True(connection.WaitForCut(ProcessRunner.Limit));
        Assert.InRange(watch.Elapsed, limit * 0.9, ProcessRunner.Limit);
    }

    [Fact]
    public async Task A_client_that_takes_a_little_all_the_time_is_never_cut()
    {
        var limit = TimeSpan.FromSeconds(2);
        await using var app = await StartAsync(limit);
        var name = CreateLarge();
        await Eventually.IsTrueAsync(async () => await TakeALittleAsync() < limit / 2, "this machine let the client read all the time");

        async Task<TimeSpan> TakeALittleAsync()
        {
            await using var connection = await AskAsync(new Uri(app.Urls.Single()), name);
            using var pace = new PeriodicTimer(limit / 10);
            var halt = new LongestHalt();
            try
            {
                for (var watch = Stopwatch.StartNew(); watch.Elapsed < 2.5 * limit;)
                {
                    Assert.NotEqual(0, await connection.ReadAsync(48 << 10));
                    await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken);
                    halt.Look();
                }
            }
            catch (IOException)
            {
                halt.Look();
                Assert.True(halt.Time >= limit / 2, "it was cut");
            }

            return halt.Time;
        }
    }

    [Fact]
    public async Task The_limit_is_minutes()
    {
        var options = new RdApiOptions { WebRoot = folder.Path, CacheFile = folder["cache"] };
        await using var app = Composition.Build(options, []);
        var limits = app.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;
        Assert.Equal(TimeSpan.FromMinutes(10), limits.MinResponseDataRate!.GracePeriod);
    }

    // Some of the answer was read before, and the file is all zeros.
    private static void AssertIsWhole(string rest)
    {
        Assert.InRange(rest.Length, Size, Size + MaxHead);
        Assert.EndsWith("\0", rest);
    }

    private async Task<WebApplication> StartAsync(TimeSpan stallLimit)
    {
        var options = new RdApiOptions { WebRoot = folder.Path, CacheFile = folder["cache"], Limits = new Limits { Stall = stallLimit } };
        var app = Composition.Build(options, [new ListenPoint(new IPEndPoint(IPAddress.Loopback, 0))]);
        await app.StartAsync();
        return app;
    }

    private async Task ShrinkWhileSentAsync(string name)
    {
        await using var connection = await AskAsync(folder.Server.BaseAddress, name);
        var received = (long)await connection.ReadAsync(1 << 16);
        using (var file = File.OpenHandle(folder[name], FileMode.Open, FileAccess.Write))
            RandomAccess.SetLength(file, 1000);
        received += await ReadToCutAsync(connection);
        Assert.InRange(received, 1, Size - 1);
    }

    private static async Task<RawConnection> AskAsync(Uri server, string name)
    {
        var connection = await RawConnection.OpenAsync(server, receiveBuffer: 1 << 16);
        await connection.SendAsync($"GET /{name} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        return connection;
    }

    private static async Task<long> ReadToCutAsync(RawConnection connection)
    {
        var received = 0L;
        try
        {
            while (await connection.ReadAsync(1 << 20) is > 0 and var read)
                received += read;
        }
        catch (IOException)
        {
            // The reset that was waited for.
        }

        return received;
    }

    private string CreateLarge()
    {
        var name = folder.CreateFile("");
        using var file = File.OpenHandle(folder[name], FileMode.Open, FileAccess.Write);
        RandomAccess.SetLength(file, Size);
        return name;
    }
}

using System.Net.Http.Headers;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Hashing;

/// <summary>The digest of a whole file is calculated once, beside everything else, and kept.</summary>
public sealed class WholeFileTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_kept_over_a_restart_and_told_without_being_asked_for_again()
    {
        using var root = new TempFolder();
        using var cache = new TempFolder();
        var content = SampleFile.Create(root["file"], 40_000_000);
        await SampleFile.SettledAsync(root["file"]);
        await using (var first = await RdApiProcess.StartAsync(root.Path, "--cache", cache["digests.db"]))
        {
            Assert.StartsWith(Convert.ToHexStringLower(SHA256.HashData(content)), await first.Client.GetStringAsync("file?sha256", Cancellation));
            await first.Process.Error.WaitForAsync(" file hashed as a whole");
            first.Process.Send(Signal.Terminate);
            Assert.Equal(0, await first.Process.WaitForExitAsync());
        }

        await using var second = await RdApiProcess.StartAsync(root.Path, "--cache", cache["digests.db"]);
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Head, "file");
                using var answer = await second.Client.SendAsync(request, Cancellation);
                return answer.Headers.Contains("Repr-Digest");
            },
            "the stored digest was told");
        Assert.StartsWith(Convert.ToHexStringLower(SHA256.HashData(content)), await second.Client.GetStringAsync("file?sha256", Cancellation));
        Assert.Equal(0, Hashed(second));
    }

    [Fact]
    public async Task A_huge_one_does_not_keep_others_from_being_hashed_by_the_only_worker()
    {
        using var root = new TempFolder();
        SampleFile.CreateZeros(root["huge"], 1L << 40);
        await SampleFile.SettledAsync(root["huge"]);
        await using var server = await RdApiProcess.StartAsync(root.Path, "--worker", "1");
        var huge = server.Client.GetAsync(new Uri("huge?sha256", UriKind.Relative), Cancellation);
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var progress = new HttpRequestMessage(HttpMethod.Get, "huge?sha256");
                progress.Headers.Add("Prefer", "wait=1");
                using var told = await server.Client.SendAsync(progress, Cancellation);
                return !(await told.Content.ReadAsStringAsync(Cancellation)).Contains("hashed: 0 of", StringComparison.Ordinal);
            },
            "some of it is hashed");

        SampleFile.Create(root["other"], 5_000_000);
        await server.Client.StreamAsync("other").LastAsync(Cancellation);
        Assert.False(huge.IsCompleted);
        File.Delete(root["huge"]);
        Assert.Contains("removed", await (await huge).Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_distrusts_the_digests_of_blocks_has_it_calculated_again_too()
    {
        using var root = new TempFolder();
        SampleFile.Create(root["file"], 1000);
        await SampleFile.SettledAsync(root["file"]);
        await using var server = await RdApiProcess.StartAsync(root.Path);
        await server.Client.GetStringAsync("file?sha256", Cancellation);
        using var request = new HttpRequestMessage(HttpMethod.Get, "rd/file");
        request.Headers.Add("Cache-Control", "no-cache");
        using var answer = await server.Client.SendAsync(request, Cancellation);
        await server.Process.Error.WaitForAsync("file hashed: ");
        await server.Client.GetStringAsync("file?sha256", Cancellation);
        await Eventually.IsTrueAsync(() => Hashed(server) == 2, "it was hashed twice");
    }

    [Fact]
    public async Task A_wrong_one_that_is_stored_is_not_told_any_more_once_a_client_distrusts_the_file()
    {
        using var root = new TempFolder();
        using var cache = new TempFolder();
        var right = Convert.ToHexStringLower(SHA256.HashData(SampleFile.Create(root["file"], 5_000_000)));
        await SampleFile.SettledAsync(root["file"]);
        await using (var first = await RdApiProcess.StartAsync(root.Path, "--cache", cache["digests.db"]))
        {
            await first.Client.GetStringAsync("file?sha256", Cancellation);
            first.Process.Send(Signal.Terminate);
            Assert.Equal(0, await first.Process.WaitForExitAsync());
        }

        using (var database = new SqliteConnection($"Data Source={cache["digests.db"]};Pooling=False"))
        {
            database.Open();
            using var spoil = database.CreateCommand();
            spoil.CommandText = "UPDATE run SET digests = CAST('wrong, wrong and wrong: 32 bytes' AS BLOB)";
            Assert.Equal(1, spoil.ExecuteNonQuery());
        }

        await using var server = await RdApiProcess.StartAsync(root.Path, "--cache", cache["digests.db"]);
        using (var request = new HttpRequestMessage(HttpMethod.Get, "rd/file") { Headers = { CacheControl = new CacheControlHeaderValue { NoCache = true } } })
            (await server.Client.SendAsync(request, Cancellation)).Dispose();

        using (var list = new HttpRequestMessage(HttpMethod.Get, "SHA256SUMS") { Headers = { { "Prefer", "wait=0" } } })
        {
            using var answer = await server.Client.SendAsync(list, Cancellation);
            Assert.DoesNotContain(Convert.ToHexStringLower("wrong"u8), await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        }

        Assert.StartsWith(right, await server.Client.GetStringAsync("file?sha256", Cancellation), StringComparison.Ordinal);
    }

    private static int Hashed(RdApiProcess server) => server.Process.Error.Lines.Count(line => line.Contains(" file hashed as a whole", StringComparison.Ordinal));
}

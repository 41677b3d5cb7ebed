using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Client;
using ReliableDownload.Tests.Client.AnyServer;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.Proof;

/// <summary>A server without digests of blocks: the digest of the whole file is found in its answers or beside the file.</summary>
public sealed class DiscoveryTests
{
    [Theory]
    [InlineData("/SHA256SUMS", "SHA256", "{0}  file.bin\n", "SHA-256", "SHA256SUMS beside it")]
    [InlineData("/SHA256SUMS", "SHA256", "{1}  other.bin\n{0} *file.bin\n", "SHA-256", "SHA256SUMS beside it")]
    [InlineData("/SHA256SUMS", "SHA256", "# comment\r\n{0}  ./file.bin\r\n", "SHA-256", "SHA256SUMS beside it")]
    [InlineData("/SHA256SUMS", "SHA256", "SHA256 (file.bin) = {0}\n", "SHA-256", "SHA256SUMS beside it")]
    [InlineData("/SHA512SUMS", "SHA512", "{0}  file.bin", "SHA-512", "SHA512SUMS beside it")]
    [InlineData("/sha256sum.txt", "SHA256", "{0}  file.bin\n", "SHA-256", "sha256sum.txt beside it")]
    [InlineData("/file.bin.sha256", "SHA256", "{0}\n", "SHA-256", "file.bin.sha256 beside it")]
    [InlineData("/file.bin.sha256", "SHA256", "{0}  build/release-1.bin\n", "SHA-256", "file.bin.sha256 beside it")]
    public async Task A_file_beside_it_proves_it(string path, string algorithm, string text, string name, string source)
    {
        await using var fixture = await PlainFixture.StartAsync();
        fixture.Server.Beside[path] = context => context.Response.WriteAsync(string.Format(text, Hex(algorithm, fixture.Server.Content), Hex(algorithm, [])));

        var result = await fixture.DownloadAsync(fixture.Options with { RequireProof = true });
        var again = await fixture.DownloadAsync();

        fixture.AssertComplete(result);
        Assert.Equal((name, source), (result.Checksum!.DisplayName, result.ChecksumSource));
        Assert.Equal((DownloadOutcome.AlreadyComplete, source, 0), (again.Outcome, again.ChecksumSource, again.BytesFetched));
    }

    [Theory]
    [InlineData("Repr-Digest", "SHA256", "md5=:AAAA:, sha-256=:{0}:", false)]
    [InlineData("Repr-Digest", "SHA512", "sha-512=:{0}:;q=1", false)]
    [InlineData("Digest", "SHA256", "SHA-256={0},unixsum=30637", false)]
    [InlineData("Digest", "SHA1", "SHA={0}", true)]
    [InlineData("x-goog-hash", "MD5", "crc32c=AAAAAA==,md5={0}", true)]
    public async Task What_an_answer_s_head_says_proves_it(string header, string algorithm, string value, bool isWeak)
    {
        await using var fixture = await PlainFixture.StartAsync();
        var digest = Convert.ToBase64String(CryptographicOperations.HashData(new HashAlgorithmName(algorithm), fixture.Server.Content));
        fixture.Server.OnRange = (context, _) =>
        {
            context.Response.Headers[header] = string.Format(value, digest);
            return Task.FromResult(false);
        };

        var result = await fixture.DownloadAsync();

        fixture.AssertComplete(result);
        Assert.Equal($"the server's {header}", result.ChecksumSource);
        Assert.Equal(isWeak, result.Checksum!.IsWeak);
        // A strong digest leaves nothing to ask for.
        Assert.Equal(isWeak ? 5 : 0, fixture.Server.AskedBeside.Count);
    }

    [Fact]
    public async Task A_server_that_tells_only_who_asks_is_asked_once()
    {
        await using var fixture = await PlainFixture.StartAsync();
        var asked = 0;
        fixture.Server.OnRange = (context, _) =>
        {
            if (context.Request.Headers.ContainsKey("Want-Digest") && context.Request.Headers["Want-Repr-Digest"].ToString().StartsWith("sha-256", StringComparison.Ordinal))
            {
                Interlocked.Increment(ref asked);
                context.Response.Headers["Digest"] = "sha-256=" + Convert.ToBase64String(SHA256.HashData(fixture.Server.Content));
            }

            return Task.FromResult(false);
        };

        var result = await fixture.DownloadAsync();

        fixture.AssertComplete(result);
        Assert.Equal(("the server's Digest", 1), (result.ChecksumSource, asked));
    }

    [Fact]
    public async Task The_digest_of_an_answer_that_is_not_the_file_does_not_count()
    {
        await using var fixture = await PlainFixture.StartAsync();
        var asked = 0;
        fixture.Server.OnRange = (context, _) =>
        {
            var isRefused = false;
            if (context.Request.Headers.ContainsKey("Want-Digest"))
            {
                isRefused = Interlocked.Increment(ref asked) == 1;
                context.Response.Headers["Digest"] = "sha-256=" + Convert.ToBase64String(SHA256.HashData(isRefused ? [] : fixture.Server.Content));
                context.Response.StatusCode = isRefused ? StatusCodes.Status500InternalServerError : StatusCodes.Status200OK;
            }

            return Task.FromResult(isRefused);
        };

        fixture.AssertComplete(await fixture.DownloadAsync());
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task CRC_32C_is_known()
    {
        await using var fixture = await PlainFixture.StartAsync();
        fixture.Server.Content = Encoding.ASCII.GetBytes("123456789");
        fixture.Server.OnRange = (context, _) =>
        {
            context.Response.Headers["x-goog-hash"] = "crc32c=4waSgw=="; // E3069283, the algorithm's check value.
            return Task.FromResult(false);
        };

        var result = await fixture.DownloadAsync();

        fixture.AssertComplete(result);
        Assert.Equal(("CRC-32C", "e3069283", true), (result.Checksum!.DisplayName, result.Checksum.Hex, result.Checksum.IsWeak));
    }

    [Fact]
    public async Task Content_MD5_of_the_whole_counts_and_that_of_a_part_does_not()
    {
        await using var fixture = await PlainFixture.StartAsync(1000);
        var isWhole = true;
        fixture.Server.OnRange = async (context, _) =>
        {
            context.Response.Headers.ContentMD5 = Convert.ToBase64String(isWhole ? CryptographicOperations.HashData(HashAlgorithmName.MD5, fixture.Server.Content) : CryptographicOperations.HashData(HashAlgorithmName.MD5, []));
            return isWhole && await PlainFixture.SendWholeAsync(context, fixture.Server.Content);
        };
        var whole = await fixture.DownloadAsync();
        isWhole = false;
        var part = await fixture.DownloadAsync(fixture.Options with { Overwrite = true });

        Assert.Equal((DownloadOutcome.Complete, "the server's Content-MD5"), (whole.Outcome, whole.ChecksumSource));
        Assert.Equal((DownloadOutcome.Unproven, null), (part.Outcome, part.ChecksumSource));
    }

    [Fact]
    public async Task Pages_and_endless_and_foreign_text_prove_nothing_and_do_no_harm()
    {
        await using var fixture = await PlainFixture.StartAsync();
        var wrong = Hex("SHA256", []);
        fixture.Server.Beside["/file.bin.sha256"] = context => context.Response.WriteAsync("<html><body>" + wrong + "  file.bin</body></html>");
        fixture.Server.Beside["/SHA256SUMS"] = context => context.Response.WriteAsync($"{wrong}  file.bin.old\n{wrong}  other/file.bin\n{wrong}\n");
        fixture.Server.Beside["/SHA512SUMS"] = async context =>
        {
            var line = new byte[64 << 10];
            Array.Fill(line, (byte)'a');
            while (!context.RequestAborted.IsCancellationRequested)
                await context.Response.Body.WriteAsync(line);
        };

        var result = await fixture.DownloadAsync();

        Assert.Equal((DownloadOutcome.Unproven, null), (result.Outcome, result.ChecksumSource));
        fixture.AssertTargetIsRight();
        Assert.Equal(["/file.bin.meta4", "/file.bin.sha256", "/SHA256SUMS", "/SHA512SUMS", "/sha256sum.txt"], fixture.Server.AskedBeside);
    }

    [Fact]
    public async Task Where_better_proof_is_known_or_nothing_is_wanted_nothing_is_asked_for()
    {
        await using var fixture = await ClientFixture.StartAsync(PlainFixture.Size);
        fixture.AssertComplete(await fixture.DownloadAsync());
        File.Delete(fixture.Target);
        fixture.Server.OnMetadata = PlainFixture.NotFound;
        Assert.True(Checksum.TryParse("sha-256=" + Hex("SHA256", fixture.Server.Content), out var checksum));

        Assert.Equal(DownloadOutcome.Complete, (await fixture.DownloadAsync(fixture.Options with { Checksum = checksum })).Outcome);
        File.Delete(fixture.Target);
        Assert.Equal(DownloadOutcome.Unproven, (await fixture.DownloadAsync(fixture.Options with { Discover = false })).Outcome);

        Assert.Empty(fixture.Server.AskedBeside);
    }

    [Fact]
    public async Task A_wrong_file_is_said_not_to_be_what_its_digest_says()
    {
        await using var fixture = await PlainFixture.StartAsync();
        fixture.Server.Beside["/SHA256SUMS"] = context => context.Response.WriteAsync(Hex("SHA256", []) + "  file.bin");

        var result = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.NotProven, result.Outcome);
        Assert.Contains("as SHA256SUMS beside it says", result.Message);
        Assert.False(File.Exists(fixture.Target));
    }

    [Theory]
    [InlineData(null, "/big.bin.meta4 /big.bin.sha256 /SHA256SUMS /SHA512SUMS /sha256sum.txt")]
    [InlineData("SHA256SUMS", "/big.bin.meta4 /big.bin.sha256 /SHA256SUMS")]
    [InlineData("--checksum", "")]
    public async Task An_nginx_sees_five_small_questions_at_most(string? proof, string asked)
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["root"]);
        var content = SampleFile.Create(folder["root/big.bin"], PlainFixture.Size);
        var digest = Convert.ToHexStringLower(SHA256.HashData(content));
        if (proof == "SHA256SUMS")
            await File.WriteAllTextAsync(folder["root/SHA256SUMS"], $"{digest}  big.bin\n", TestContext.Current.CancellationToken);
        await using var nginx = await WebServer.NginxAsync($"root {folder["root"]}; access_log {folder["log"]} seen;", "log_format seen '$uri';");
        await using var line = Relay.To(nginx.EndPoint, _ => RelayScript.Clean);
        string[] more = proof == "--checksum" ? [proof, $"sha-256={digest}"] : [];

        var end = await RdProcess.RunAsync(folder, [.. more, line.Through(new Uri("http://127.0.0.1/big.bin")).AbsoluteUri]);

        Assert.True(end.ExitCode == (proof is null ? 13 : 0), end.Error);
        // nginx writes a line when it has answered.
        var expected = asked.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        await Eventually.IsTrueAsync(() => Questions().Count > expected.Length, "nginx has logged the questions");
        var log = Questions();
        // Whether it is an rd-api is asked in any case.
        Assert.Equal("/rd/big.bin", Assert.Single(log, path => path.StartsWith("/rd/", StringComparison.Ordinal)));
        Assert.Equal(expected, log.Where(path => path != "/rd/big.bin"));

        List<string> Questions() => [.. File.ReadLines(folder["log"]).Where(path => path != "/big.bin")];
    }

    [Fact]
    public async Task A_line_that_is_cut_makes_no_file_unproven()
    {
        await using var fixture = await PlainFixture.StartAsync();
        var cuts = 0;
        fixture.Server.Beside["/SHA256SUMS"] = context =>
        {
            if (++cuts > 2)
                return context.Response.WriteAsync(Hex("SHA256", fixture.Server.Content) + "  file.bin");
            context.Abort();
            return Task.CompletedTask;
        };

        fixture.AssertComplete(await fixture.DownloadAsync());
    }

    private static string Hex(string algorithm, byte[] content) => Convert.ToHexStringLower(CryptographicOperations.HashData(new HashAlgorithmName(algorithm), content));
}

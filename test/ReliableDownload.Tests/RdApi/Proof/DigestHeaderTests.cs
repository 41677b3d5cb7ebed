using System.Net;
using System.Security.Cryptography;
using System.Text;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Proof;

/// <summary>What the head of an answer says of the file's digest (RFC 9530, RFC 3230).</summary>
public sealed class DigestHeaderTests(ServedFolder folder) : IClassFixture<ServedFolder>
{
    private const string Content = "0123456789";

    private static readonly string Whole = Base64(Content);

    [Fact]
    public async Task Nobody_who_just_looks_has_a_file_hashed_and_everybody_is_told_once_it_is_known()
    {
        var name = folder.CreateFile(Content);
        for (var time = 0; time < 3; time++)
            Assert.Null(await HeaderAsync("Repr-Digest", "GET", name));
        Assert.Equal($"sha-256=:{Whole}:", await HeaderAsync("Repr-Digest", "HEAD", name, "Want-Repr-Digest: sha-512=3, sha-256=10", "Prefer: wait=20"));
        // By every way, also the short one that the server takes for a file that it has served before.
        for (var time = 0; time < 3; time++)
            Assert.Equal($"sha-256=:{Whole}:", await HeaderAsync("Repr-Digest", "GET", name));
        Assert.Equal($"sha-256=:{Whole}:", await HeaderAsync("Repr-Digest", "GET", name, "Range: bytes=2-3"));
        Assert.Equal($"sha-256=:{Whole}:", await HeaderAsync("Repr-Digest", "HEAD", name));
        Assert.Null(await HeaderAsync("Digest", "GET", name));
    }

    [Theory]
    [InlineData("Want-Digest: SHA-256", true)]
    [InlineData("Want-Digest: MD5;q=0.3, sha-256;q=1", true)]
    [InlineData("Want-Digest: sha-256;q=0", false)]
    [InlineData("Want-Digest: SHA-512", false)]
    public async Task Older_clients_get_the_older_header(string wanted, bool isTold)
    {
        var name = folder.CreateFile(Content);
        Assert.Equal(isTold ? $"SHA-256={Whole}" : null, await HeaderAsync("Digest", "HEAD", name, wanted, "Prefer: wait=20"));
    }

    [Fact]
    public async Task Who_asks_without_waiting_finds_it_with_a_later_request()
    {
        var name = folder.CreateFile(Content);
        await HeaderAsync("Repr-Digest", "HEAD", name, "Want-Repr-Digest: sha-256=1");
        await Eventually.IsTrueAsync(async () => await HeaderAsync("Repr-Digest", "HEAD", name) is not null, "the digest was told");
    }

    [Theory]
    [InlineData("GET", "Range: bytes=2-5", "2345")]
    [InlineData("GET", "Accept: */*", Content)]
    [InlineData("GET", "Range: bytes=0-0,5-6", null)]
    [InlineData("HEAD", "Accept: */*", null)]
    public async Task A_range_has_a_digest_of_its_own_for_who_wants_it(string method, string range, string? digested)
    {
        var name = folder.CreateFile(Content);
        Assert.Null(await HeaderAsync("Content-Digest", method, name, range));
        Assert.Null(await HeaderAsync("Content-Digest", method, name, range, "Want-Content-Digest: sha-256=0"));
        Assert.Equal(digested is null ? null : $"sha-256=:{Base64(digested)}:", await HeaderAsync("Content-Digest", method, name, range, "Want-Content-Digest: sha-256=1"));
    }

    [Fact]
    public async Task A_range_that_would_take_long_to_hash_has_none()
    {
        SampleFile.CreateZeros(folder["large"], 17 << 20);
        Assert.Null(await HeaderAsync("Content-Digest", "GET", "large", "Want-Content-Digest: sha-256=1"));
        Assert.NotNull(await HeaderAsync("Content-Digest", "GET", "large", "Want-Content-Digest: sha-256=1", "Range: bytes=1-16777216"));
    }

    [Fact]
    public async Task A_file_that_changed_is_not_described_by_its_old_digest()
    {
        var name = folder.CreateFile(Content);
        await HeaderAsync("Repr-Digest", "HEAD", name, "Want-Repr-Digest: sha-256=1", "Prefer: wait=20");
        await File.WriteAllTextAsync(folder[name], "something else", TestContext.Current.CancellationToken);
        Assert.Null(await HeaderAsync("Repr-Digest", "GET", name));
        Assert.Equal($"sha-256=:{Base64("something else")}:", await HeaderAsync("Repr-Digest", "GET", name, "Want-Repr-Digest: sha-256=1", "Prefer: wait=20"));
    }

    private static string Base64(string content) => Convert.ToBase64String(SHA256.HashData(Encoding.ASCII.GetBytes(content)));

    private async Task<string?> HeaderAsync(string header, string method, string target, params string[] headers)
    {
        using var answer = await folder.AskAsync(method, target, headers);
        Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent);
        return answer.Headers.TryGetValues(header, out var values) || answer.Content.Headers.TryGetValues(header, out values) ? values.Single() : null;
    }
}

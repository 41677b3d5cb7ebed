using System.Security.Cryptography;
using ReliableDownload.Client;

namespace ReliableDownload.Tests.Client.AnyServer;

/// <summary>The digest of a whole file that the user knows.</summary>
public sealed class ChecksumTests
{
    [Theory]
    [InlineData("sha-256=")]
    [InlineData("sha256:")]
    [InlineData("SHA-512=")]
    [InlineData("sha-1=")]
    [InlineData("md5:")]
    public async Task It_proves_a_file_from_any_server(string name)
    {
        await using var fixture = await PlainFixture.StartAsync();
        var checksum = Of(name, fixture.Server.Content);

        var result = await fixture.DownloadAsync(fixture.Options with { Checksum = checksum, RequireProof = true });
        var again = await fixture.DownloadAsync(fixture.Options with { Checksum = checksum });

        Assert.Equal((DownloadOutcome.Complete, checksum), (result.Outcome, result.Checksum));
        Assert.False(result.HasDigests);
        Assert.Equal((DownloadOutcome.AlreadyComplete, 0), (again.Outcome, again.BytesFetched));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_wrong_one_shows_what_came_and_keeps_it(bool hasDigests)
    {
        await using var fixture = hasDigests ? await ClientFixture.StartAsync(PlainFixture.Size) : await PlainFixture.StartAsync();
        var right = Of("sha-256=", fixture.Server.Content);

        var result = await fixture.DownloadAsync(fixture.Options with { Checksum = Of("sha-256=", []) });
        var corrected = await fixture.DownloadAsync(fixture.Options with { Checksum = right });

        Assert.Equal(DownloadOutcome.NotProven, result.Outcome);
        Assert.Contains(right.Hex, result.Message);
        Assert.Equal((DownloadOutcome.Complete, 0), (corrected.Outcome, corrected.BytesFetched));
        fixture.AssertTargetIsRight();
    }

    [Theory]
    [InlineData(false, DownloadOutcome.TargetExists)]
    [InlineData(true, DownloadOutcome.NotProven)]
    public async Task A_wrong_one_beside_a_right_file_is_named(bool hasDigests, DownloadOutcome outcome)
    {
        await using var fixture = hasDigests ? await ClientFixture.StartAsync(PlainFixture.Size) : await PlainFixture.StartAsync();
        await fixture.DownloadAsync();

        var result = await fixture.DownloadAsync(fixture.Options with { Checksum = Of("sha-256=", []) });

        Assert.Equal((outcome, 0), (result.Outcome, result.BytesFetched));
        Assert.Contains(Of("sha-256=", fixture.Server.Content).Hex, result.Message);
        Assert.Contains(Of("sha-256=", []).Hex, result.Message);
        fixture.AssertTargetIsRight();
    }

    [Fact]
    public async Task It_holds_beside_digests()
    {
        await using var fixture = await ClientFixture.StartAsync(PlainFixture.Size);

        var result = await fixture.DownloadAsync(fixture.Options with { Checksum = Of("sha-1=", fixture.Server.Content) });

        Assert.Equal(DownloadOutcome.Complete, result.Outcome);
        Assert.True(result.HasDigests);
        Assert.Equal("SHA-1", result.Checksum!.DisplayName);
    }

    [Theory]
    [InlineData("")]
    [InlineData("sha-256")]
    [InlineData("sha-256=")]
    [InlineData("sha-256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85")]
    [InlineData("sha-256=g3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("crc32=00000000")]
    public void What_is_none_is_refused(string text) => Assert.False(Checksum.TryParse(text, out _));

    private static Checksum Of(string name, byte[] content)
    {
        var algorithm = name.TrimEnd('=', ':').Replace("-", "").ToUpperInvariant();
        var digest = CryptographicOperations.HashData(new HashAlgorithmName(algorithm), content);
        Assert.True(Checksum.TryParse(name + Convert.ToHexString(digest), out var checksum));
        return checksum;
    }
}

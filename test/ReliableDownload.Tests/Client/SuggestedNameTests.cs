using System.Text;
using ReliableDownload.Client;
using ReliableDownload.Client.Network;

namespace ReliableDownload.Tests.Client;

/// <summary>Files that get the name which the server suggests (RFC 6266, RFC 8187).</summary>
public sealed class SuggestedNameTests
{
    [Theory]
    [InlineData("attachment; filename=big.iso", "big.iso")]
    [InlineData("attachment; filename=\"big file.iso\"", "big file.iso")]
    [InlineData("ATTACHMENT; FILENAME=\"big.iso\"", "big.iso")]
    [InlineData("inline; filename=\"a \\\"b\\\".iso\"", "a _b_.iso")]
    [InlineData("attachment; filename=\"plain.iso\"; filename*=UTF-8''na%C3%AFve%20%E2%82%AC.iso", "naïve €.iso")]
    [InlineData("attachment; filename*=UTF-8''a%2Fb%2F..%2Fc.iso; filename=\"plain.iso\"", "c.iso")]
    [InlineData("attachment; filename*=UTF-8''%2E%2E; filename=\"plain.iso\"", "plain.iso")]
    [InlineData("attachment; filename=\"../../etc/passwd\"", "passwd")]
    [InlineData("attachment; filename=\"C:\\dir\\big.iso\"", "big.iso")]
    [InlineData("attachment; filename=\"/\"", null)]
    [InlineData("attachment; filename=\"..\"", null)]
    [InlineData("attachment; filename=\"\"", null)]
    [InlineData("attachment; filename=\" . \"", null)]
    [InlineData("attachment; filename=\".bashrc\"", "_bashrc")]
    [InlineData("attachment; filename=\"nul.iso\"", "_nul.iso")]
    [InlineData("attachment; filename=\"big.iso. .\"", "big.iso")]
    [InlineData("attachment; filename=\"a:b|c?.iso\"", "a_b_c_.iso")]
    [InlineData("attachment; filename*=UTF-8''gpj.%E2%80%AEexe%0A%00.iso", "gpj._exe__.iso")]
    [InlineData("attachment", null)]
    [InlineData("no header at all; = \"", null)]
    public async Task The_name_is_taken_and_made_safe(string header, string? name)
    {
        await using var fixture = await ClientFixture.StartAsync(100);
        fixture.Server.OnRange = (context, _) =>
        {
            context.Response.Headers.ContentDisposition = header;
            return Task.FromResult(false);
        };
        var suggested = "not asked";

        var result = await new Downloader(fixture.Options).DownloadAsync(
            fixture.Server.Url,
            told =>
            {
                suggested = told;
                return (fixture.Folder[told ?? "file.bin"], null);
            },
            cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal((DownloadOutcome.Complete, name), (result.Outcome, suggested));
        Assert.Equal([fixture.Folder[name ?? "file.bin"]], Directory.EnumerateFileSystemEntries(fixture.Folder.Path));
        Assert.Equal(fixture.Folder[name ?? "file.bin"], result.Target);
    }

    [Theory]
    [InlineData("attachment; filename=\"naïve.iso\"", "naïve.iso")]
    [InlineData("attachment; filename=\"\u00ff\u00fe.iso\"", "ÿþ.iso")]
    public void Raw_bytes_are_UTF_8_or_else_Latin_1(string header, string name)
    {
        using var answer = new HttpResponseMessage { Content = new ByteArrayContent([]) };
        var isLatin = name[0] == 'ÿ';
        answer.Content.Headers.TryAddWithoutValidation("Content-Disposition", isLatin ? header : Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(header)));
        Assert.Equal(name, SuggestedName.Of(answer));
    }

    [Fact]
    public void A_long_name_is_shortened_and_keeps_its_extension()
    {
        var name = FileNames.Clean(new string('€', 200) + ".tar.gz")!;
        Assert.EndsWith("€.gz", name, StringComparison.Ordinal);
        Assert.InRange(Encoding.UTF8.GetByteCount(name), FileNames.MaxBytes - 3, FileNames.MaxBytes);
    }

    [Fact]
    public async Task A_file_without_a_place_is_not_fetched()
    {
        await using var fixture = await ClientFixture.StartAsync(100);

        var result = await new Downloader(fixture.Options).DownloadAsync(fixture.Server.Url, _ => (null, "no place"), cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal((DownloadOutcome.LocalFile, "no place", ""), (result.Outcome, result.Message, result.Target));
        Assert.Equal(0, fixture.Server.MetadataRequests);
    }
}

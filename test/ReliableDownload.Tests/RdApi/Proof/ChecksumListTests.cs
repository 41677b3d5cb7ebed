using System.Net;
using System.Security.Cryptography;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Proof;

/// <summary>Digests of whole files as text that sha256sum reads.</summary>
public sealed class ChecksumListTests(ServedFolder folder) : IClassFixture<ServedFolder>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sha256sum_checks_what_curl_fetched_with_the_list_of_its_folder()
    {
        string[] names = ["plain", "a b", "ü", "line\nfeed", "*star", "empty"];
        Directory.CreateDirectory(folder["list/sub"]);
        foreach (var name in names)
            await File.WriteAllTextAsync(folder["list/" + name], name == "empty" ? "" : name, Cancellation);
        using var temp = new TempFolder();
        foreach (var name in (string[])[.. names, "SHA256SUMS"])
            await Tool.RunAsync(temp.Path, "curl", "--silent", "--show-error", "--fail", "--output", name, $"{folder.Server.BaseAddress}list/{Uri.EscapeDataString(name)}");

        var said = await Tool.RunAsync(temp.Path, "sha256sum", "--strict", "--check", "SHA256SUMS");
        Assert.Equal(names.Length, said.Split('\n').Count(line => line.EndsWith(": OK", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_file_of_that_name_is_served_as_it_is()
    {
        Directory.CreateDirectory(folder["own"]);
        await File.WriteAllTextAsync(folder["own/SHA256SUMS"], "mine", Cancellation);
        Assert.Equal("mine", await folder.Server.Client.GetStringAsync("own/SHA256SUMS", Cancellation));
        Assert.Equal(HttpStatusCode.NotFound, (await folder.AskAsync("GET", "nowhere/SHA256SUMS")).StatusCode);
    }

    [Fact]
    public async Task Who_does_not_wait_gets_what_is_known_and_the_others_later()
    {
        Directory.CreateDirectory(folder["known"]);
        await File.WriteAllTextAsync(folder["known/young"], "young", Cancellation);
        await File.WriteAllTextAsync(folder["known/old"], "old", Cancellation);
        File.SetLastWriteTimeUtc(folder["known/old"], new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        Assert.Equal("", await AskAsync());
        await Eventually.IsTrueAsync(async () => (await AskAsync()).Split('\n').Length == 3, "both were known");

        async Task<string> AskAsync()
        {
            using var answer = await folder.AskAsync("GET", "known/SHA256SUMS", "Prefer: wait=0");
            return await answer.Content.ReadAsStringAsync(Cancellation);
        }
    }

    [Fact]
    public async Task The_digest_of_one_file_is_a_line_of_text()
    {
        var name = folder.CreateFile("content");
        Assert.Equal($"{Convert.ToHexStringLower(SHA256.HashData("content"u8))}  {name}\n", await folder.Server.Client.GetStringAsync($"{name}?sha256", Cancellation));
    }
}

using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Metadata;

/// <summary>
/// What an rd-api 1.7 answered, and what ours does: the same but for the status of an error, the server's own path, and the version.
/// </summary>
public sealed class RecordedExchangeTests
{
    [Theory]
    [InlineData("done", "zeros-5000000.bin")]
    [InlineData("empty-file", "empty.bin")]
    [InlineData("exact-multiple", "two-blocks-exact.bin")]
    [InlineData("one-block", "hello.txt")]
    [InlineData("unicode-path", "sub/%E4%B8%AD%E6%96%87%20x.txt")]
    public async Task A_file_whose_digests_are_known_is_described_alike(string recording, string target)
    {
        using var root = Root();
        await using var server = await RdApiProcess.StartAsync(root.Path);
        var answered = JsonNode.Parse((await server.Client.ClassicWhenKnownAsync(target)).GetRawText())!;
        var recorded = Recorded(recording);
        recorded["filepath"] = recorded["path"]!.DeepClone();
        Assert.Equal(recorded.ToJsonString(), Ordered(answered, recorded).ToJsonString());
    }

    [Fact]
    public async Task A_file_that_was_never_asked_for_is_pending_first()
    {
        using var root = Root();
        await using var server = await RdApiProcess.StartAsync(root.Path);
        // As if it had just changed: then it is not hashed before somebody waits for its digests, however long the answer takes.
        File.SetLastWriteTimeUtc(root["zeros-5000000.bin"], TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(1.9));
        var recorded = Recorded("pending-first");
        recorded["filepath"] = recorded["path"]!.DeepClone();
        var answered = JsonNode.Parse((await server.Client.ClassicAsync("zeros-5000000.bin")).GetRawText())!;
        Assert.Equal(recorded.ToJsonString(), Ordered(answered, recorded).ToJsonString());
    }

    [Fact]
    public async Task The_server_says_that_it_lives()
    {
        using var root = Root();
        await using var server = await RdApiProcess.StartAsync(root.Path);
        var answered = JsonNode.Parse((await server.Client.ClassicAsync("")).GetRawText())!;
        var recorded = Recorded("health");
        recorded["version"] = "2.0.0";
        Assert.Equal(recorded.ToJsonString(), Ordered(answered, recorded).ToJsonString());
    }

    [Theory]
    [InlineData("no-such-file")]
    [InlineData("sub")]
    [InlineData("sub/")]
    public async Task What_is_no_file_is_404_with_all_the_keys_that_old_clients_need(string target)
    {
        using var root = Root();
        await using var server = await RdApiProcess.StartAsync(root.Path);
        using var response = await server.Client.GetAsync(new Uri($"/rd/{target}", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        var answered = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        Assert.NotEqual("", (string?)answered["msg"]);
        var recorded = Recorded("not-found");
        recorded["msg"] = answered["msg"]!.DeepClone();
        Assert.Equal(recorded.ToJsonString(), Ordered(answered, recorded).ToJsonString());
    }

    private static TempFolder Root()
    {
        var root = new TempFolder();
        Directory.CreateDirectory(root["sub"]);
        File.WriteAllBytes(root["zeros-5000000.bin"], new byte[5_000_000]);
        File.WriteAllBytes(root["two-blocks-exact.bin"], new byte[4 << 20]);
        File.WriteAllBytes(root["empty.bin"], []);
        File.WriteAllText(root["hello.txt"], "hello, reliable world\n");
        File.WriteAllText(root["sub/中文 x.txt"], "12345678");
        return root;
    }

    private static JsonObject Recorded(string name)
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, $"RdApi/Metadata/Recorded/{name}.http"), Encoding.UTF8);
        return JsonNode.Parse(text[text.IndexOf('{', StringComparison.Ordinal)..])!.AsObject();
    }

    // The order of keys means nothing; which keys there are does.
    private static JsonObject Ordered(JsonNode answered, JsonObject recorded)
    {
        var keys = answered.AsObject().Select(pair => pair.Key).Order(StringComparer.Ordinal);
        Assert.Equal(recorded.Select(pair => pair.Key).Order(StringComparer.Ordinal), keys);
        return new JsonObject(recorded.Select(pair => KeyValuePair.Create(pair.Key, answered[pair.Key]?.DeepClone())));
    }
}

using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Api;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Limiting;
using ReliableDownload.Api.Trees;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Trees;

/// <summary>What cannot be read is told, and the rest still comes.</summary>
public sealed class TreeFaultTests : IDisposable
{
    private readonly TempFolder _root = new();

    public TreeFaultTests()
    {
        foreach (var name in (string[])["a", "closed/x", "z"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_root[name])!);
            File.WriteAllText(_root[name], name);
        }
    }

    public void Dispose()
    {
        File.SetUnixFileMode(_root["closed"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _root.Dispose();
    }

    [Fact]
    public async Task A_folder_that_the_server_may_not_read_is_told_as_left_out()
    {
        File.SetUnixFileMode(_root["closed"], UnixFileMode.None);
        File.SetUnixFileMode(_root["z"], UnixFileMode.None);
        await using var server = await RdApiProcess.StartLimitedAsync(Fault.WithoutPrivileges, _root.Path);

        Assert.Equal(["tree", "file a", "folder closed/", "skipped closed/ the server may not read it, or it is gone", "file z", "end"], await TreeAsync(server));
        using var closed = await server.Client.AskForStreamAsync("closed/");
        Assert.Equal(HttpStatusCode.Forbidden, closed.StatusCode);
        Assert.Equal(
            ["content a", "gone closed/x", "failed z the server may not read it", "end"],
            await BatchAsync(server, "a", "closed/x", "z"));
    }

    [Fact]
    public async Task Names_that_the_server_may_read_and_not_look_at_are_told_as_left_out()
    {
        Directory.CreateDirectory(_root["closed/folder"]);
        File.CreateSymbolicLink(_root["link"], "closed/x");
        File.CreateSymbolicLink(_root["nowhere"], "closed-or-not");
        File.SetUnixFileMode(_root["closed"], UnixFileMode.UserRead);
        await using var server = await RdApiProcess.StartLimitedAsync(Fault.WithoutPrivileges, _root.Path);

        const string Reason = "the server cannot read it: Permission denied";
        Assert.Equal(
            ["tree", "file a", "folder closed/", $"skipped closed/folder/ {Reason}", $"skipped closed/x {Reason}", $"skipped link {Reason}", "file z", "end"],
            await TreeAsync(server));
    }

    [Fact]
    public async Task Delete_leaves_alone_what_the_server_cannot_look_at()
    {
        using var folder = new TempFolder();
        await using var server = await RdApiProcess.StartLimitedAsync(Fault.WithoutPrivileges, _root.Path);
        string[] arguments = ["-r", "--delete", "-O", "copy", server.BaseAddress.AbsoluteUri];
        Assert.Equal(0, (await RdProcess.RunAsync(folder, arguments)).ExitCode);
        File.SetUnixFileMode(_root["closed"], UnixFileMode.UserRead);

        var end = await RdProcess.RunAsync(folder, arguments);

        Assert.Equal(8, end.ExitCode);
        Assert.Contains("'closed/x': the server says: the server cannot read it: Permission denied", end.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(folder["copy/closed/x"]));
    }

    [Fact]
    public void A_folder_that_is_replaced_while_one_in_it_is_told_ends_the_list_instead_of_looking_empty()
    {
        var root = WebRoot.Open(_root.Path, showHidden: false);
        Directory.Move(_root["closed"], _root["b"]);
        Directory.CreateDirectory(_root["folder"]);
        foreach (var name in (string[])["a", "b", "z"])
            Directory.Move(_root[name], _root[$"folder/{name}"]);
        var path = RequestPath.Root.Child("folder"u8);
        using var folder = root.OpenFolder(path);
        using var walk = new TreeWalk(root, new TreeNames(), new TreeQuery(After: null, int.MaxValue, HasDigests: false));
        walk.Begin(path, folder!);
        foreach (var name in (string[])["a", "b", "x"])
        {
            Assert.True(walk.TryNext(out var entry));
            Assert.Equal(name, Encoding.UTF8.GetString(entry.Name));
        }

        Directory.Move(_root["folder"], _root["moved"]);
        Directory.CreateDirectory(_root["folder"]);

        Assert.Throws<IOException>(() => walk.TryNext(out _));
        Directory.CreateDirectory(_root["closed"]);
    }

    [Fact]
    public async Task Files_come_from_a_folder_whose_names_the_server_may_not_read()
    {
        File.SetUnixFileMode(_root["closed"], UnixFileMode.UserExecute);
        await using var server = await RdApiProcess.StartLimitedAsync(Fault.WithoutPrivileges, _root.Path);

        Assert.Equal(["content closed/x", "gone closed/y", "end"], await BatchAsync(server, "closed/x", "closed/y"));
    }

    [Fact]
    public async Task A_folder_that_its_disk_does_not_give_is_told_as_left_out()
    {
        await using var server = await RdApiProcess.StartLimitedAsync(Fault.OfNames(_root["closed"], "error=EIO"), _root.Path);

        Assert.Equal(
            ["tree", "file a", "folder closed/", "skipped closed/ the server cannot read it: Input/output error", "file z", "end"],
            await TreeAsync(server));
    }

    [Fact]
    public async Task A_server_that_waits_for_its_disk_says_that_it_is_alive()
    {
        await using var server = await RdApiProcess.StartLimitedAsync(Fault.OfNames(_root["closed"], "delay_enter=4000000:when=1"), _root.Path);

        var lines = await TreeAsync(server, withWaits: true);

        Assert.Contains("wait", lines);
        Assert.Equal(["tree", "file a", "folder closed/", "file closed/x", "file z", "end"], lines.Where(line => line != "wait"));
    }

    [Fact]
    public async Task What_is_too_deep_is_told_as_left_out()
    {
        Directory.CreateDirectory(_root[string.Concat(Enumerable.Repeat("d/", Limits.TreeDepth + 2))]);
        await using var server = await RdApiProcess.StartAsync(_root.Path);

        var lines = await TreeAsync(server);

        var skipped = Assert.Single(lines, line => line.StartsWith("skipped ", StringComparison.Ordinal));
        Assert.Equal($"skipped {string.Concat(Enumerable.Repeat("d/", Limits.TreeDepth))} there are {Limits.TreeDepth} folders above it", skipped);
        Assert.Contains("file z", lines);
    }

    [Fact]
    public void One_client_cannot_take_all_places()
    {
        var slots = new AnswerSlots(most: 5, mostOfClient: 2);
        var (one, other, third) = (ClientAt("192.0.2.1"), ClientAt("2001:db8::1"), ClientAt("2001:db8::2"));

        var first = slots.TryTake(one);
        Assert.NotNull(first);
        Assert.NotNull(slots.TryTake(one));
        Assert.Null(slots.TryTake(one));
        Assert.NotNull(slots.TryTake(other));
        Assert.NotNull(slots.TryTake(third));
        Assert.Null(slots.TryTake(third));
        Assert.NotNull(slots.TryTake(ClientAt("192.0.2.2")));
        Assert.Null(slots.TryTake(ClientAt("192.0.2.3")));
        first.Dispose();
        first.Dispose();
        Assert.NotNull(slots.TryTake(one));
        Assert.Null(slots.TryTake(ClientAt("192.0.2.3")));
    }

    private static DefaultHttpContext ClientAt(string address)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse(address);
        return context;
    }

    /// <param name="withWaits">Whether to return what is told while the server waits, as a busy one does at any time.</param>
    private static async Task<string[]> TreeAsync(RdApiProcess server, bool withWaits = false)
    {
        using var response = await server.Client.AskForStreamAsync("");
        var lines = TextOf(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return withWaits ? lines : [.. lines.Where(line => line != "wait")];
    }

    private static async Task<string[]> BatchAsync(RdApiProcess server, params string[] names)
    {
        using var body = Batch.Of(names);
        using var response = await server.Client.PostAsync(new Uri("/rd/", UriKind.Relative), body, TestContext.Current.CancellationToken);
        // The content of these files is their path.
        var answer = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return TextOf(names.Aggregate(answer, (text, name) => text.Replace($"\n{name}{{", "\n{", StringComparison.Ordinal)));
    }

    private static string[] TextOf(string lines) =>
        [.. lines.Split('\n')[..^1].Select(line => JsonElement.Parse(line)).Select(line => line.GetProperty("type").GetString() is "tree" or "end" or "wait"
            ? line.GetProperty("type").GetString()!
            : $"{line.GetProperty("type").GetString()} {line.GetProperty("path").GetString()}{(line.TryGetProperty("msg", out var reason) ? $" {reason.GetString()}" : "")}")];
}

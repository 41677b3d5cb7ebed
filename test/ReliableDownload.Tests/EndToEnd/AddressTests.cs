using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>Replicas behind one name: rd finds several addresses in a hosts file that only it sees.</summary>
public sealed class AddressTests : IAsyncDisposable
{
    private const int Size = (24 << 20) + 77;

    private readonly TempFolder _folder = new();
    private readonly List<RdApiProcess> _replicas = [];
    private readonly byte[] _content;

    public AddressTests()
    {
        Directory.CreateDirectory(_folder["files"]);
        Directory.CreateDirectory(_folder["lagging"]);
        _content = SampleFile.Create(_folder["files/big.bin"], Size);
    }

    [Fact]
    public async Task All_addresses_of_a_name_are_used()
    {
        await StartAsync("files", "files", "files");
        var end = await DownloadAsync();

        Assert.Equal((0, ""), (end.ExitCode, end.Error));
        AssertIsRight();
        Assert.All(_replicas, (_, number) => Assert.Contains("/big.bin", File.ReadAllText(_folder[$"log{number}"]), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_replica_that_dies_is_left_and_one_that_is_dead_does_no_harm()
    {
        await StartAsync("files", "files");
        // Nobody is at the third address.
        await using var rd = Start("-v", addresses: 3);
        await rd.Error.WaitForAsync("127.0.0.4: ");
        _replicas[0].Process.Send(Signal.Kill);
        var end = await rd.EndAsync();

        Assert.True(end.ExitCode == 0, end.Error);
        AssertIsRight();
    }

    [Fact]
    public async Task A_replica_that_lags_behind_is_noticed_by_its_bytes()
    {
        var other = (byte[])_content.Clone();
        other.AsSpan().Reverse();
        await File.WriteAllBytesAsync(_folder["lagging/big.bin"], other, TestContext.Current.CancellationToken);
        await StartAsync("files", "lagging", "files");
        var end = await DownloadAsync("-v");

        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Contains("wrong bytes", end.Error, StringComparison.Ordinal);
        AssertIsRight();
    }

    [Fact]
    public async Task One_that_lags_behind_is_not_asked_what_the_file_is_while_the_first_one_restarts()
    {
        await File.WriteAllBytesAsync(_folder["lagging/big.bin"], [.. _content.Reverse()], TestContext.Current.CancellationToken);
        await StartAsync("files", "lagging");
        await using var rd = Start("-v", addresses: 2, rate: "8M");
        await rd.Error.WaitForAsync("wrong bytes");
        var address = _replicas[0].BaseAddress;
        _replicas[0].Process.Send(Signal.Kill);
        await rd.Error.WaitForAsync("trying again");
        _replicas.Add(await RdApiProcess.StartAsync(_folder["files"], "--host", address.Host, "--port", $"{address.Port}"));
        var end = await rd.EndAsync();

        Assert.True(end.ExitCode == 0, end.Error);
        Assert.DoesNotContain("changed on the server", end.Error, StringComparison.Ordinal);
        AssertIsRight();
    }

    [Fact]
    public async Task The_only_connection_does_not_wait_for_an_address_that_does_not_answer()
    {
        await StartAsync("files");
        using var silent = new TcpListener(IPAddress.Parse("127.0.0.3"), _replicas[0].BaseAddress.Port);
        silent.Start(backlog: 1);
        // With a full queue Linux answers no further connection.
        var waiting = Enumerable.Range(0, 2).Select(_ => new Socket(SocketType.Stream, ProtocolType.Tcp)).ToList();
        foreach (var socket in waiting)
            await socket.ConnectAsync(silent.LocalEndpoint, TestContext.Current.CancellationToken);
        var started = Stopwatch.GetTimestamp();

        await using var rd = Start("-q", addresses: 2, connections: "1");
        var end = await rd.EndAsync();

        waiting.ForEach(socket => socket.Dispose());
        Assert.Equal((0, ""), (end.ExitCode, end.Error));
        AssertIsRight();
        // An attempt to connect may take 10 s.
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 10);
    }

    [Fact]
    public async Task What_the_server_refuses_is_final_whatever_addresses_are_dead()
    {
        await using var server = await ScriptedServer.StartAsync(_content);
        server.OnRange = (context, number) =>
        {
            context.Response.StatusCode = number > 0 ? StatusCodes.Status403Forbidden : StatusCodes.Status200OK;
            return Task.FromResult(number > 0);
        };
        await using var rd = StartAt(server.Url.Port, ["127.0.0.1", "127.0.0.9"], "-q", "-r", "3", "-t", "3", "-w", "2");
        var end = await rd.EndAsync();

        Assert.True(end.ExitCode == 6, end.Error);
        Assert.Contains("403", end.Error, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
            await replica.DisposeAsync();
        _folder.Dispose();
    }

    private async Task StartAsync(params string[] folders)
    {
        var port = "0";
        foreach (var folder in folders)
        {
            var (number, address) = (_replicas.Count, $"127.0.0.{_replicas.Count + 2}");
            _replicas.Add(await RdApiProcess.StartAsync(_folder[folder], "--host", address, "--port", port, "--access-log", _folder[$"log{number}"]));
            port = $"{_replicas[number].BaseAddress.Port}";
        }
    }

    private async Task<RdEnd> DownloadAsync(string option = "-q")
    {
        await using var rd = Start(option, _replicas.Count);
        return await rd.EndAsync();
    }

    private ProcessRunner Start(string option, int addresses, string rate = "20M", string connections = "auto") =>
        StartAt(_replicas[0].BaseAddress.Port, Enumerable.Range(2, addresses).Select(number => $"127.0.0.{number}"), "--limit-rate", rate, "-w", connections, option);

    private ProcessRunner StartAt(int port, IEnumerable<string> addresses, params IEnumerable<string> options)
    {
        File.WriteAllLines(_folder["hosts"], addresses.Select(address => $"{address} replicas.test"));
        const string WithHosts = "exec unshare --mount sh -c 'mount --bind hosts /etc/hosts && exec \"$0\" \"$@\"' \"$0\" \"$@\"";
        return RdProcess.StartInShell(_folder, WithHosts, [.. options, $"http://replicas.test:{port}/big.bin"]);
    }

    private void AssertIsRight() => Assert.True(_content.AsSpan().SequenceEqual(File.ReadAllBytes(_folder["big.bin"])), "the file is another one");
}

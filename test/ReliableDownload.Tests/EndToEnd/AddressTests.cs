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
        await using var rd = Start("-v", addresses: 3, rate: "6M");
        await rd.Error.WaitForAsync("127.0.0.4: ");
        _replicas[0].Process.Send(Signal.Kill);
        Assert.False(rd.HasExited, "it had ended before");
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

    private ProcessRunner Start(string option, int addresses, string rate = "20M")
    {
        File.WriteAllLines(_folder["hosts"], Enumerable.Range(2, addresses).Select(number => $"127.0.0.{number} replicas.test"));
        const string WithHosts = "exec unshare --mount sh -c 'mount --bind hosts /etc/hosts && exec \"$0\" \"$@\"' \"$0\" \"$@\"";
        return RdProcess.StartInShell(_folder, WithHosts, option, "--limit-rate", rate, $"http://replicas.test:{_replicas[0].BaseAddress.Port}/big.bin");
    }

    private void AssertIsRight() => Assert.True(_content.AsSpan().SequenceEqual(File.ReadAllBytes(_folder["big.bin"])), "the file is another one");
}

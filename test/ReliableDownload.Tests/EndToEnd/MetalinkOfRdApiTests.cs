using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>The real rd takes what the real rd-api gives as Metalinks.</summary>
public sealed class MetalinkOfRdApiTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public async Task A_file_and_a_folder_come_by_their_Metalinks()
    {
        Directory.CreateDirectory(_folder["root/images/old"]);
        var big = SampleFile.Create(_folder["root/images/big file.bin"], (5 << 20) + 3);
        var small = SampleFile.Create(_folder["root/images/old/small.bin"], 100_000);
        await using var api = await RdApiProcess.StartAsync(_folder["root"]);

        var one = await RdProcess.RunAsync(_folder, new Uri(api.BaseAddress, "/images/big%20file.bin?meta4").AbsoluteUri);
        var all = await RdProcess.RunAsync(_folder, "-o", "all", new Uri(api.BaseAddress, "/images/?meta4").AbsoluteUri);
        var verified = await RdProcess.RunAsync(_folder, "verify", "--from", new Uri(api.BaseAddress, "/images/big%20file.bin?meta4").AbsoluteUri, "big file.bin");

        Assert.True(one.ExitCode == 0, one.Error);
        Assert.Contains("proven by SHA-256 of the Metalink", one.Error);
        Assert.Equal(big.Length, new FileInfo(_folder["big file.bin"]).Length);
        Assert.True(all.ExitCode == 0, all.Error);
        Assert.Contains("2 of 2 files complete", all.Error);
        var files = Directory.EnumerateFiles(_folder["all"], "*", SearchOption.AllDirectories).ToDictionary(path => Path.GetFileName(path)!, File.ReadAllBytes);
        Assert.True(files["big file.bin"].AsSpan().SequenceEqual(big) && files["small.bin"].AsSpan().SequenceEqual(small), "a file is another one");
        Assert.True(verified.ExitCode == 0, verified.Error);
    }

    public void Dispose() => _folder.Dispose();
}

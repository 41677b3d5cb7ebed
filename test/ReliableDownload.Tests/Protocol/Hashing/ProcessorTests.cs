using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Protocol.Hashing;

/// <summary>The tests of hashing once more, in a process that is told its processor has less than it has.</summary>
public sealed class ProcessorTests
{
    [Theory]
    [InlineData("DOTNET_EnableAVX512", 16)]
    [InlineData("DOTNET_EnableAVX2", 8)]
    [InlineData("DOTNET_EnableHWIntrinsic", 8)]
    public async Task Digests_are_the_same_on_a_lesser_processor(string setting, int lanesThatAreGone)
    {
        string[] tests = ["--filter-class", typeof(MultiBufferHashTests).FullName!, "--filter-class", typeof(VectorHashTests).FullName!];
        await using var run = ProcessRunner.Start("ReliableDownload.Tests", tests, null, (setting, "0"));
        var code = await run.WaitForExitAsync();
        Assert.True(code == 0, run.Output.Text);
        // Else the setting would have been without effect.
        Assert.Contains($"This processor has no {lanesThatAreGone} lanes.", run.Output.Text, StringComparison.Ordinal);
    }
}

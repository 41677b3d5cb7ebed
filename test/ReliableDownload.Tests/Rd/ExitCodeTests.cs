using System.Runtime.InteropServices;
using ReliableDownload.Client;
using ReliableDownload.Rd;

namespace ReliableDownload.Tests.Rd;

public sealed class ExitCodeTests
{
    [Theory]
    [InlineData(DownloadOutcome.Complete, 0)]
    [InlineData(DownloadOutcome.AlreadyComplete, 0)]
    [InlineData(DownloadOutcome.InUse, 1)]
    [InlineData(DownloadOutcome.LocalFile, 3)]
    [InlineData(DownloadOutcome.Network, 4)]
    [InlineData(DownloadOutcome.Tls, 5)]
    [InlineData(DownloadOutcome.NotAllowed, 6)]
    [InlineData(DownloadOutcome.Protocol, 7)]
    [InlineData(DownloadOutcome.Http, 8)]
    [InlineData(DownloadOutcome.DiskFull, 9)]
    [InlineData(DownloadOutcome.NotProven, 10)]
    [InlineData(DownloadOutcome.KeptChanging, 11)]
    [InlineData(DownloadOutcome.TargetExists, 12)]
    [InlineData(DownloadOutcome.Unproven, 13)]
    [InlineData(DownloadOutcome.Canceled, 130)]
    [InlineData(DownloadOutcome.OutputClosed, 141)]
    public void Each_outcome_has_the_documented_code(DownloadOutcome outcome, int code) =>
        Assert.Equal(code, (int)outcome.ToExitCode());

    [Theory]
    [InlineData(PosixSignal.SIGHUP, 129)]
    [InlineData(PosixSignal.SIGINT, 130)]
    [InlineData(PosixSignal.SIGTERM, 143)]
    public void Each_signal_has_the_code_that_shells_give_it(PosixSignal signal, int code) =>
        Assert.Equal(code, (int)signal.ToExitCode());

    [Fact]
    public void Success_is_told_of_proven_files_only() => Assert.All(Enum.GetValues<DownloadOutcome>(), outcome =>
        Assert.Equal(outcome is DownloadOutcome.Complete or DownloadOutcome.AlreadyComplete, outcome.ToExitCode() == ExitCode.Complete));
}

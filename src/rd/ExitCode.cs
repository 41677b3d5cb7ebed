using System.Runtime.InteropServices;
using ReliableDownload.Client;

namespace ReliableDownload.Rd;

/// <summary>What rd tells the program that started it. Scripts rely on the numbers: they never change.</summary>
internal enum ExitCode
{
    Complete = 0,
    Other = 1,
    Usage = 2,
    LocalFile = 3,
    Network = 4,
    Tls = 5,
    NotAllowed = 6,
    Protocol = 7,
    Http = 8,
    DiskFull = 9,
    NotProven = 10,
    KeptChanging = 11,
    TargetExists = 12,
    Unproven = 13,
    HangUp = 129,
    Interrupt = 130,
    OutputClosed = 141,
    Terminate = 143,
}

/// <summary>The exit code of each way in which a download can end.</summary>
internal static class ExitCodes
{
    // Without a default, so that the compiler finds the outcome that somebody adds; CS8524 is about numbers without a name.
#pragma warning disable CS8524
    public static ExitCode ToExitCode(this DownloadOutcome outcome) => outcome switch
    {
        DownloadOutcome.Complete or DownloadOutcome.AlreadyComplete => ExitCode.Complete,
        DownloadOutcome.Network => ExitCode.Network,
        DownloadOutcome.Tls => ExitCode.Tls,
        DownloadOutcome.NotAllowed => ExitCode.NotAllowed,
        DownloadOutcome.Protocol => ExitCode.Protocol,
        DownloadOutcome.Http => ExitCode.Http,
        DownloadOutcome.DiskFull => ExitCode.DiskFull,
        DownloadOutcome.LocalFile => ExitCode.LocalFile,
        DownloadOutcome.InUse => ExitCode.Other,
        DownloadOutcome.NotProven => ExitCode.NotProven,
        DownloadOutcome.KeptChanging => ExitCode.KeptChanging,
        DownloadOutcome.TargetExists => ExitCode.TargetExists,
        DownloadOutcome.Unproven => ExitCode.Unproven,
        DownloadOutcome.Canceled => ExitCode.Interrupt,
        DownloadOutcome.OutputClosed => ExitCode.OutputClosed,
    };
#pragma warning restore CS8524

    /// <summary>128 and the signal's number, as shells do.</summary>
    public static ExitCode ToExitCode(this PosixSignal signal) => signal switch
    {
        PosixSignal.SIGHUP => ExitCode.HangUp,
        PosixSignal.SIGTERM => ExitCode.Terminate,
        _ => ExitCode.Interrupt,
    };
}

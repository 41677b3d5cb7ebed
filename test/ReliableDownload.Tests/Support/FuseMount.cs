using System.Runtime.InteropServices;

namespace ReliableDownload.Tests.Support;

/// <summary>A file system made by a script of a test. Only root may mount it.</summary>
internal sealed partial class FuseMount : IAsyncDisposable
{
    private readonly string _at;

    private FuseMount(string at, ProcessRunner process) => (_at, Process) = (at, process);

    /// <summary>What makes it.</summary>
    public ProcessRunner Process { get; }

    /// <param name="script">In Python; finds where to mount it behind its other arguments.</param>
    /// <param name="at">An empty folder.</param>
    /// <param name="arguments">The others.</param>
    public static async Task<FuseMount> StartAsync(string script, string at, params string[] arguments)
    {
        if (Environment.UserName != "root" || !File.Exists("/dev/fuse"))
        {
            const string Reason = "a file system of our own cannot be mounted";
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", Reason);
            Assert.Fail(Reason);
        }

        // Debian's, which has the module.
        var process = ProcessRunner.Start("/usr/bin/python3", ["-c", script, .. arguments, at]);
        await process.WhenReadyAsync(() => Eventually.IsTrueAsync(
            () => process.HasExited || File.ReadLines("/proc/self/mountinfo").Any(line => line.Contains($" {at} ", StringComparison.Ordinal)), "it is mounted"));
        Assert.False(process.HasExited, string.Join('\n', process.Error.Lines));
        return new FuseMount(at, process);
    }

    public async ValueTask DisposeAsync()
    {
        const int Detach = 2; // MNT_DETACH
        _ = Unmount(_at, Detach);
        // The framework would stop it first and then look at all processes: at one, too, that was just started and waits for this mount to close a file which it
        // inherited. Neither would end.
        Process.TrySend(Signal.Kill);
        await Process.WaitForExitAsync();
        await Process.DisposeAsync();
    }

    [LibraryImport("libc", EntryPoint = "umount2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unmount(string target, int flags);
}

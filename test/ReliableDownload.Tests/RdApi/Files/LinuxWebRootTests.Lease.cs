using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Files;

/// <summary>Files on which another program has a lease (fcntl(2)), as Samba has.</summary>
public sealed partial class LinuxWebRootTests
{
    private const int SetLease = 1024;
    private const int GetLease = 1025;
    private const int SetSignal = 10;
    private const int WriteLease = 1;
    private const int NoLease = 2;
    private const int UrgentSignal = 23; // Ignored by default; the one for a lease otherwise ends the process.

    [Fact]
    public async Task A_file_under_a_lease_is_opened_as_soon_as_its_holder_gives_way()
    {
        var root = Root;
        using var holder = File.OpenHandle(InRoot("file"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        Assert.Equal(0, Control(holder, SetSignal, UrgentSignal));
        Assert.SkipUnless(Control(holder, SetLease, WriteLease) == 0, "this file system has no leases");
        var opening = Task.Factory.StartNew(() => root.OpenFile(Path("file")), default, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Eventually.IsTrueAsync(() => Control(holder, GetLease, 0) != WriteLease, "somebody asks for the lease");
        Assert.Equal(0, Control(holder, SetLease, NoLease));
        using var file = await opening;
        Assert.Equal(6, file!.Identity.Size);
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(SafeFileHandle file, int command, int argument);
}

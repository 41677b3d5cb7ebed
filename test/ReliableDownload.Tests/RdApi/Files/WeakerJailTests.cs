using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Files;

public sealed class WeakerJailTests
{
    // Has the kernel refuse openat2 (437) as a container's rules do, and becomes the program that its arguments name. A filter of
    // seccomp(2): load the call's number; if it is 437, the answer is EPERM, else it is allowed.
    private const string Launcher = """
        import ctypes, os, struct, sys
        code = [(0x20, 0, 0, 0), (0x15, 0, 1, 437), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7fff0000)]
        steps = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in code))
        libc = ctypes.CDLL(None, use_errno=True)
        program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(code), ctypes.addressof(steps)))
        assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, program, 0, 0) == 0
        os.execv(sys.argv[1], sys.argv[1:])
        """;

    [Fact]
    public async Task A_folder_that_may_not_be_read_is_told_as_left_out_of_a_tree()
    {
        using var temp = new TempFolder();
        Directory.CreateDirectory(temp["root/closed"]);
        Directory.CreateDirectory(temp["root/half"]);
        await File.WriteAllTextAsync(temp["root/half/x"], "content", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(temp["root/closed"], UnixFileMode.None);
        File.SetUnixFileMode(temp["root/half"], UnixFileMode.UserRead);
        await using var program = ProcessRunner.Start(
            "/bin/sh",
            ["-c", Fault.WithoutPrivileges + "; exec \"$0\" \"$@\"", "/usr/bin/env", "python3", "-c", Launcher, ProcessRunner.PathOf("rd-api"), "-h", "127.0.0.1", "-p", "0", "-d", temp["root"], "--cache", temp["cache"]]);
        var address = RdApiProcess.FindAddress(await program.Error.WaitForAsync("serving "))!;
        using var client = new HttpClient { BaseAddress = address };

        using var tree = await client.AskForStreamAsync("");
        var lines = await tree.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Contains("""{"type":"skipped","path":"closed/","msg":"the server may not read it, or it is gone"}""", lines, StringComparison.Ordinal);
        Assert.Contains("""{"type":"skipped","path":"half/",""", lines, StringComparison.Ordinal);
        foreach (var name in (string[])["closed", "half"])
            File.SetUnixFileMode(temp[$"root/{name}"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public async Task A_jail_that_is_not_the_kernels_is_told_of_once_at_the_start()
    {
        using var temp = new TempFolder();
        Directory.CreateDirectory(temp["root"]);
        await File.WriteAllTextAsync(temp["root/file"], "content", TestContext.Current.CancellationToken);
        await using var program = ProcessRunner.Start(
            "/usr/bin/env",
            ["python3", "-c", Launcher, ProcessRunner.PathOf("rd-api"), "-h", "127.0.0.1", "-p", "0", "-d", temp["root"], "--cache", temp["cache"]]);
        var started = await program.Error.WaitForAsync("serving ");
        Assert.Contains("openat2", Assert.Single(program.Error.Lines, line => line.Contains(" warn", StringComparison.Ordinal)));
        using var client = new HttpClient();
        var address = started[started.IndexOf("http://", StringComparison.Ordinal)..].Split('/', 4)[2];
        Assert.Equal("content", await client.GetStringAsync($"http://{address}/file", TestContext.Current.CancellationToken));
        Assert.Single(program.Error.Lines, line => line.Contains(" warn", StringComparison.Ordinal));
    }
}

using System.Globalization;

namespace ReliableDownload.Tests.Support;

/// <summary>
/// Stands for systemd with a socket unit: holds a listening socket, and starts a program with it again and again, as soon as the one before has ended cleanly.
/// </summary>
internal sealed class SocketHolder : IAsyncDisposable
{
    private const string Script = """
        import os, socket, sys
        held = socket.socket()
        held.bind(("127.0.0.1", 0))
        held.listen(256)
        print(held.getsockname()[1], flush=True)
        while True:
            process = os.fork()
            if process == 0:
                os.dup2(held.fileno(), 3)
                os.set_inheritable(3, True)
                os.environ["LISTEN_FDS"] = "1"
                os.environ["LISTEN_PID"] = str(os.getpid())
                os.execv(sys.argv[1], sys.argv[1:])
            print("process", process, flush=True)
            if os.waitpid(process, 0)[1] != 0:
                sys.exit("the program did not end cleanly")
        """;

    private SocketHolder(ProcessRunner process, Uri address) => (Process, Address) = (process, address);

    public ProcessRunner Process { get; }

    public Uri Address { get; }

    /// <param name="command">The absolute path of the program, and its arguments.</param>
    public static async Task<SocketHolder> StartAsync(params string[] command)
    {
        var process = ProcessRunner.Start("/usr/bin/env", ["python3", "-c", Script, .. command]);
        var port = "";
        await process.WhenReadyAsync(async () => port = await process.Output.WaitForAsync(line => line.All(char.IsAsciiDigit)));
        return new SocketHolder(process, new Uri($"http://127.0.0.1:{port}/"));
    }

    /// <summary>The number of the process that was started as the given one, counted from 0.</summary>
    public async Task<int> ProcessAsync(int index)
    {
        await Eventually.IsTrueAsync(() => Processes().Count > index, "the program is started again");
        return Processes()[index];
    }

    public ValueTask DisposeAsync() => Process.DisposeAsync();

    private List<int> Processes() =>
        [.. Process.Output.Lines.Where(line => line.StartsWith("process ", StringComparison.Ordinal)).Select(line => int.Parse(line["process ".Length..], CultureInfo.InvariantCulture))];
}

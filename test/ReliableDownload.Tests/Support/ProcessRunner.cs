using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ReliableDownload.Tests.Support;

/// <summary>A real program under test, beside the tests: its lines, its exit code, signals for it. Killed when disposed of.</summary>
internal sealed partial class ProcessRunner : IAsyncDisposable
{
    /// <summary>Far longer than anything a test waits for takes, so that a hang fails the test and not the whole run.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private readonly Process _process = new();

    private ProcessRunner(ProcessStartInfo start)
    {
        _process.StartInfo = start;
        _process.OutputDataReceived += (_, line) => Output.Add(line.Data);
        _process.ErrorDataReceived += (_, line) => Error.Add(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public LineLog Output { get; } = new();

    public LineLog Error { get; } = new();

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public ProcessStatus Status() => ProcessStatus.Of(Id);

    /// <param name="program"><c>rd</c> or <c>rd-api</c>.</param>
    /// <param name="arguments">As the program gets them.</param>
    /// <param name="folder">Where it runs; the tests' own folder if null.</param>
    /// <param name="environment">What it finds beside the environment of the tests.</param>
    public static ProcessRunner Start(
        string program, IEnumerable<string> arguments, string? folder = null, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(PathOf(program), arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder ?? AppContext.BaseDirectory,
        };
        // Some of the programs make it, as caddy and fish do.
        start.Environment["XDG_CONFIG_HOME"] = Path.Combine(AppContext.BaseDirectory, "config");
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return new ProcessRunner(start);
    }

    /// <summary>The program beside the tests, or the one that the variable <c>RD</c> or <c>RD_API</c> names by its absolute path.</summary>
    public static string PathOf(string program) => Path.Combine(
        AppContext.BaseDirectory, Environment.GetEnvironmentVariable(program.ToUpperInvariant().Replace('-', '_')) ?? program);

    /// <summary>The exit code, once all lines are read; 128 and the signal's number for a process that a signal ended.</summary>
    public async Task<int> WaitForExitAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public void Send(Signal signal) => Assert.True(TrySend(signal), "it has ended");

    /// <returns>False where it has ended.</returns>
    public bool TrySend(Signal signal) => Kill(_process.Id, signal) == 0;

    /// <summary>It ends with this code and one sentence that says why, and writes nothing else.</summary>
    /// <param name="part">Of the sentence.</param>
    public async Task FailsAsync(int exitCode, string part)
    {
        Assert.Equal(exitCode, await WaitForExitAsync());
        var sentence = Assert.Single(Error.Lines);
        Assert.StartsWith($"{Path.GetFileName(_process.StartInfo.FileName)}: ", sentence, StringComparison.Ordinal);
        Assert.Contains(part, sentence, StringComparison.Ordinal);
        Assert.Empty(Output.Lines);
    }

    /// <summary>Waits until it is ready to be used, and ends it where it never is.</summary>
    /// <param name="ready">Waits, and fails if that is in vain.</param>
    /// <param name="more">What is of no use without it; disposed of as well then.</param>
    public async Task WhenReadyAsync(Func<Task> ready, params IDisposable[] more)
    {
        try
        {
            await ready();
        }
        catch
        {
            await DisposeAsync();
            foreach (var one in more)
                one.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await WaitForExitAsync();
        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, Signal signal);
}

using ReliableDownload;
using ReliableDownload.Rd;
using ReliableDownload.Rd.Reports;

const string Shortage =
    "rd: the system gave too little memory, threads or open files; raise the limits (ulimit -n 256, ulimit -v, ulimit -u) and "
    + "run the same command again, what was fetched is kept";

var error = StandardError.OfProcess();
if (AddressSpace.Limit < AddressSpace.Least)
{
    error.WriteLine($"rd: the system allows this process {AddressSpace.Limit >> 20} MiB of addresses, and rd needs {AddressSpace.Least >> 20} MiB at least; raise the limit (ulimit -v)");
    return (int)ExitCode.Other;
}

SuddenEnd.Explain(IsShortage, () => error.WriteLine(Shortage), (int)ExitCode.Other);
try
{
    return (int)await RunAsync();
}
catch (UsageException wrong)
{
    error.WriteLine($"rd: {wrong.Message} Try rd --help.");
    return (int)ExitCode.Usage;
}
catch (UnusableFileException problem)
{
    error.WriteLine($"rd: {problem.Message}");
    return (int)ExitCode.LocalFile;
}
catch (Exception fault) when (IsShortage(fault))
{
    error.WriteLine(Shortage);
    return (int)ExitCode.Other;
}
catch (Exception fault)
{
    // Expected failures are outcomes, so this is a bug: no stack trace, but enough to report it.
    error.WriteLine($"rd: an unforeseen fault, please report it: {fault.GetType().Name}: {fault.Message.ReplaceLineEndings(" ").Trim()}");
    return (int)ExitCode.Other;
}

async Task<ExitCode> RunAsync()
{
    if (args is [VerifyCommand.Word, .. var rest])
        return await VerifyAsync(rest);
    var (text, options, files) = new CommandLine().Read(args, Environment.GetEnvironmentVariable);
    if (text is not null)
        return Print(text);
    error.HasColors = options.Color == "always" || (options.Color == "auto" && error.IsTerminal && Environment.GetEnvironmentVariable("NO_COLOR") is null or "");
    IReport report = new TextReport(options.IsJson ? options with { IsQuiet = true } : options, error, TimeProvider.System);
    if (options.IsJson)
        report = new JsonReport(Console.OpenStandardOutput(), report, TimeProvider.System);
    if (files.Any(file => file.IsForOutput) && !StandardStreams.HasOutput)
        throw new UnusableFileException("standard output is closed");
    using var signals = new Signals();
    var exitCode = await new Downloads(options, files, report, signals, TimeProvider.System).RunAsync();
    if (exitCode is ExitCode.Interrupt or ExitCode.Terminate or ExitCode.HangUp && !files.Any(file => file.IsForOutput))
        error.WriteLine($"rd: stopped; what was fetched is kept. To continue, run this in the same folder: {ContinueCommand.Of(args)}");
    return exitCode;
}

async Task<ExitCode> VerifyAsync(string[] arguments)
{
    var command = new VerifyCommand();
    if (command.Read(arguments, Environment.GetEnvironmentVariable) is not var (files, from, repairs, options))
        return Print(command.Help);
    using var signals = new Signals();
    var exitCode = await VerifyCommand.RunAsync(files, from, repairs, options.Download, new VerifyReport(options, Console.OpenStandardOutput(), error), signals.Token);
    return signals.Received is { } signal ? signal.ToExitCode() : exitCode;
}

ExitCode Print(string text)
{
    try
    {
        Console.Out.Write(text);
        return ExitCode.Complete;
    }
    catch (IOException failure)
    {
        error.WriteLine($"rd: cannot write to standard output: {failure.Message}");
        return ExitCode.LocalFile;
    }
}

// Without free descriptors the runtime cannot open the program's own assemblies and reports them as missing. Missing files of the user
// have been handled before.
static bool IsShortage(Exception? fault) => fault switch
{
    OutOfMemoryException or FileNotFoundException or FileLoadException or DllNotFoundException or BadImageFormatException => true,
    null => false,
    _ => IsShortage(fault.InnerException),
};

using ReliableDownload.Rd;

var error = StandardError.OfProcess();
try
{
    return (int)await CommandLine.InvokeAsync(args, error, async options =>
    {
        using var signals = new Signals();
        var exitCode = await new Downloads(options, error, signals, TimeProvider.System).RunAsync();
        if (exitCode is ExitCode.Interrupt or ExitCode.Terminate or ExitCode.HangUp)
            error.WriteLine($"rd: stopped; what was fetched is kept. In the same folder this continues: {ContinueCommand.Of(args)}");
        return exitCode;
    });
}
catch (Exception fault)
{
    // Expected failures are outcomes, so this one is a mistake of ours: no stack trace, but enough to report it.
    error.WriteLine($"rd: an unforeseen fault, please report it: {fault.GetType().Name}: {fault.Message}");
    return (int)ExitCode.Other;
}

using ReliableDownload;
using ReliableDownload.Api;
using ReliableDownload.Api.Access;
using ReliableDownload.Api.Ahead;
using ReliableDownload.Api.Checking;
using ReliableDownload.Api.Hosting;

const int Stopped = 0;
const int CannotStart = 1;
const int Usage = 2;

Console.SetError(new ForgivingWriter(StandardStreams.OpenError()));
SuddenEnd.Explain(
    IsShortage,
    () => Console.Error.WriteLine("rd-api: the system gave too little memory or too few threads: raise the limits (ulimit -v, ulimit -u)."),
    CannotStart);
try
{
    if (args is [LinkCommand.Name, .. var rest])
        new LinkCommand().Run(rest, Environment.GetEnvironmentVariable, TimeProvider.System.GetUtcNow());
    else if (args is [HashCommand.Name, .. var words])
        return await new HashCommand().RunAsync(words, Environment.GetEnvironmentVariable);
    else if (args is [CheckCommand.Name, .. var checkedWords])
        return Read(checkedWords) is not { } choice || await CheckCommand.RunAsync(choice, Console.Out, Console.Error) ? Stopped : CannotStart;
    else if (Read(args) is { } options)
        await Server.RunAsync(options, () => Read(args));
    return Stopped;
}
catch (UsageException error)
{
    Console.Error.WriteLine($"rd-api: {error.Message}{(error.Message.EndsWith('?') ? "" : ".")} Try rd-api {(args is [LinkCommand.Name or HashCommand.Name, ..] ? $"{args[0]} " : "")}--help.");
    return Usage;
}
catch (CannotStartException error)
{
    Console.Error.WriteLine($"rd-api: {error.Message}.");
    return CannotStart;
}

RdApiOptions? Read(string[] arguments)
{
    try
    {
        return new CommandLine().Read(arguments, Environment.GetEnvironmentVariable);
    }
    catch (IOException error)
    {
        throw new CannotStartException($"cannot write to standard output: {error.Message}", error);
    }
}

static bool IsShortage(Exception? fault) => fault is OutOfMemoryException || (fault is not null && IsShortage(fault.InnerException));

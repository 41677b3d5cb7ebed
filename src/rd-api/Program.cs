using ReliableDownload.Api;
using ReliableDownload.Api.Hosting;

const int Stopped = 0;
const int CannotStart = 1;
const int Usage = 2;

Console.SetError(new ForgivingWriter(Console.Error));
try
{
    if (new CommandLine().Read(args, Environment.GetEnvironmentVariable) is { } options)
        await Server.RunAsync(options);
    return Stopped;
}
catch (UsageException error)
{
    Console.Error.WriteLine($"rd-api: {error.Message}{(error.Message.EndsWith('?') ? "" : ".")} Try rd-api --help.");
    return Usage;
}
catch (CannotStartException error)
{
    Console.Error.WriteLine($"rd-api: {error.Message}.");
    return CannotStart;
}

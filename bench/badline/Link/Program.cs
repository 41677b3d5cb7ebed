using System.Runtime.InteropServices;
using ReliableDownload.Bench.Link;

try
{
    return CommandLine.Invoke(args, Carry);
}
catch (LinkException problem)
{
    Console.Error.WriteLine($"link: {problem.Message}");
    return 1;
}

// Until a signal comes, or one of the directions fails.
static void Carry(LineOptions options)
{
    using var server = new TunDevice(options.ServerDevice);
    using var client = new TunDevice(options.ClientDevice);
    using var stop = new CancellationTokenSource();
    using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
    var clock = new LineClock();
    var down = new Direction(server, client, options.LossDown, options, clock, options.Seed);
    var up = new Direction(client, server, options.LossUp, options, clock, ~options.Seed);
    LinkException? failure = null;

    Thread[] threads = [Start(down), Start(up)];
    Console.Out.WriteLine("ready");
    foreach (var thread in threads)
        thread.Join();
    Console.Out.WriteLine($"down: {down.Counters}");
    Console.Out.WriteLine($"up: {up.Counters}");
    if (failure is not null)
        throw failure;

    void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        stop.Cancel();
    }

    Thread Start(Direction direction)
    {
        var thread = new Thread(() =>
        {
            try
            {
                direction.Run(stop.Token);
            }
            catch (LinkException problem)
            {
                failure = problem;
                stop.Cancel();
            }
        });
        thread.Start();
        return thread;
    }
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ReliableDownload.Bench.Latency;

// Asks a server for each target some times a second, on a connection and a thread of its own, and prints of each target the milliseconds
// of the median answer, of the 99th percentile and of the longest. Give it a higher priority than those that make the load: its own
// waiting for a processor would count as the server's.
if (args is not [var address, var frequency, var warmUp, var duration, .. { Length: > 0 } targets]
    || !IPEndPoint.TryParse(address, out var server)
    || !int.TryParse(frequency, NumberStyles.None, CultureInfo.InvariantCulture, out var perSecond)
    || !int.TryParse(warmUp, NumberStyles.None, CultureInfo.InvariantCulture, out var warmUpSeconds)
    || !int.TryParse(duration, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
{
    Console.Error.WriteLine("probe: usage: probe ADDRESS:PORT REQUESTS_PER_SECOND WARM_UP_SECONDS SECONDS TARGET...");
    return 2;
}

using var over = new ManualResetEvent(false);
string? failure = null;
var probes = targets.Select(target => new Probe(server, target, perSecond)).ToList();
var threads = probes.ConvertAll(probe => new Thread(() => Run(probe)));
threads.ForEach(thread => thread.Start());
threads.ForEach(thread => thread.Join());
if (failure is not null)
{
    Console.Error.WriteLine($"probe: {failure}");
    return 1;
}

foreach (var probe in probes)
{
    var taken = probe.Taken.Skip(warmUpSeconds * perSecond).Select(time => time.TotalMilliseconds).Order().ToList();
    double[] figures = [Percentile(taken, 50), Percentile(taken, 99), taken[^1]];
    Console.Out.WriteLine(string.Join('\t', figures.Select(figure => figure.ToString("0.00", CultureInfo.InvariantCulture))));
}

return 0;

void Run(Probe probe)
{
    try
    {
        probe.Run(TimeSpan.FromSeconds(warmUpSeconds + seconds), over);
    }
    catch (Exception error) when (error is InvalidDataException or EndOfStreamException or SocketException)
    {
        failure = error.Message;
        over.Set();
    }
}

// The nearest rank: an answer that was there.
static double Percentile(List<double> sorted, int percent) => sorted[(int)Math.Ceiling(sorted.Count * percent / 100.0) - 1];

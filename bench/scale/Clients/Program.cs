using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ReliableDownload.Bench.Clients;

// Downloads one file over many connections: fast ones, which ask for ranges as fast as those come, and slow ones, which take a byte rate and
// no more. One thread for each kind, so that most of two processors is the server's. Prints GiB/s of all fast ones; MB of the fast one at
// the 10th percentile and of the median one; Mbit/s of the slowest and of the median slow one. Ends with 1 where bytes are wrong or a
// connection is cut. SLOW_ADDRESS is the server of the slow ones.
const double bitsPerByte = 8;
const double mega = 1e6;
const double gibi = 1 << 30;

if (args is not [var address, var slowAddress, var target, var path, var fastCount, var slowCount, var slowRate, var warmUp, var duration]
    || !IPEndPoint.TryParse(address, out var server)
    || !IPEndPoint.TryParse(slowAddress, out var slowServer)
    || !int.TryParse(fastCount, NumberStyles.None, CultureInfo.InvariantCulture, out var fasts)
    || !int.TryParse(slowCount, NumberStyles.None, CultureInfo.InvariantCulture, out var slows)
    || !int.TryParse(slowRate, NumberStyles.None, CultureInfo.InvariantCulture, out var bytesPerSecond)
    || !int.TryParse(warmUp, NumberStyles.None, CultureInfo.InvariantCulture, out var warmUpSeconds)
    || !int.TryParse(duration, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
{
    Console.Error.WriteLine("clients: usage: clients ADDRESS:PORT SLOW_ADDRESS:PORT TARGET FILE FAST SLOW BYTES_PER_SECOND WARM_UP_SECONDS SECONDS");
    return 2;
}

var content = File.ReadAllBytes(path);
var fast = Enumerable.Range(0, fasts).Select(number => FastClients.Connect(server, target, content, number)).ToArray();
var slow = Enumerable.Range(0, slows).Select(number => SlowClients.Connect(slowServer, target, content, number)).ToArray();
using var over = new ManualResetEvent(false);
string? failure = null;
var threads = new List<Thread> { Start(() => FastClients.Run(fast, over)), Start(() => SlowClients.Run(slow, bytesPerSecond, over)) };

over.WaitOne(TimeSpan.FromSeconds(warmUpSeconds));
var (fastBefore, slowBefore, started) = (Received(fast), Received(slow), TimeProvider.System.GetTimestamp());
over.WaitOne(TimeSpan.FromSeconds(seconds));
var elapsed = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
var (fastBytes, slowBytes) = (Growth(fastBefore, fast), Growth(slowBefore, slow));
over.Set();
threads.ForEach(thread => thread.Join());
// In the middle of what they download: that clients go away is part of the load.
Array.ForEach([.. fast, .. slow], client => client.Dispose());
if (failure is not null)
{
    Console.Error.WriteLine($"clients: {failure}");
    return 1;
}

double[] figures =
[
    fastBytes.Sum() / gibi / elapsed, fastBytes.ElementAtOrDefault(fastBytes.Length / 10) / mega, Median(fastBytes) / mega,
    Least(slowBytes) * bitsPerByte / mega / elapsed, Median(slowBytes) * bitsPerByte / mega / elapsed,
];
Console.Out.WriteLine(string.Join('\t', figures.Select(figure => figure.ToString("0.000", CultureInfo.InvariantCulture))));
return 0;

Thread Start(Action run)
{
    var thread = new Thread(() =>
    {
        try
        {
            run();
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or SocketException)
        {
            failure = error.Message;
            over.Set();
        }
    });
    thread.Start();
    return thread;
}

static long[] Received(Client[] clients) => [.. clients.Select(client => client.Received)];

static long[] Growth(long[] before, Client[] clients) => [.. clients.Select((client, number) => client.Received - before[number]).Order()];

static double Least(long[] sorted) => sorted.FirstOrDefault();

static double Median(long[] sorted) => sorted.Length == 0 ? 0 : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2.0;

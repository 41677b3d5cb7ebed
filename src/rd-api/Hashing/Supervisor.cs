using Microsoft.Extensions.Logging;
using ReliableDownload.Api.Hosting;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// Keeps loops running for as long as the server runs: one that fails is logged and started again, and the health check reports it
/// until then. Thread-safe.
/// </summary>
internal sealed class Supervisor(Vitals vitals, TimeProvider time, ILogger log)
{
    // A loop that always fails immediately must not keep a processor busy.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Runs <paramref name="loop"/> again and again until <paramref name="stoppingToken"/> is canceled.</summary>
    public async Task RunAsync(string name, Func<CancellationToken, Task> loop, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await loop(stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                vitals.ReportEnd(name);
                log.LoopEnded(error, name);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            if (stoppingToken.IsCancellationRequested)
                return;
            vitals.ReportEnd(name);
            await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            vitals.ReportStart(name);
        }
    }
}

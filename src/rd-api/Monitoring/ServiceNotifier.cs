using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using ReliableDownload.Api.Hosting;

namespace ReliableDownload.Api.Monitoring;

/// <summary>
/// Tells systemd, where it started this process (sd_notify(3)): ready, stopping, reloading, and that the server is alive, as long as it is
/// healthy. Elsewhere it does nothing.
/// </summary>
internal sealed class ServiceNotifier(Vitals vitals, TimeProvider clock) : IHostedLifecycleService, IDisposable
{
    private readonly SystemdNotifier _notifier = new();
    private ITimer? _watchdog;

    /// <summary>Whether systemd started this process and wants to be told.</summary>
    public bool IsEnabled => _notifier.IsEnabled;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _notifier.Notify(ServiceState.Ready);
        // sd_watchdog_enabled(3): microseconds, of which half is recommended.
        if (_notifier.IsEnabled
            && long.TryParse(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
            && limit > 0)
        {
            var interval = TimeSpan.FromMicroseconds(Math.Min(limit / 2, TimeSpan.FromHours(1).TotalMicroseconds));
            _watchdog = clock.CreateTimer(_ => Feed(), null, TimeSpan.Zero, interval);
        }

        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        _notifier.Notify(ServiceState.Stopping);
        return Task.CompletedTask;
    }

    /// <summary>Reports a reload that has been done.</summary>
    public void TellReloaded()
    {
        if (!_notifier.IsEnabled)
            return;
        // CLOCK_MONOTONIC, as this clock is on Linux, tells systemd which reload it was (sd_notify(3)).
        var now = clock.GetTimestamp() / (clock.TimestampFrequency / 1_000_000);
        _notifier.Notify(new ServiceState(string.Create(CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={now}")));
        _notifier.Notify(ServiceState.Ready);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _watchdog?.Dispose();

    private void Feed()
    {
        if (vitals.IsWell)
            _notifier.Notify(new ServiceState("WATCHDOG=1"));
    }
}

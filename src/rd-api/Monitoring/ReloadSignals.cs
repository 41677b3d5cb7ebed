using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace ReliableDownload.Api.Monitoring;

/// <summary>
/// HUP and USR1 open the access log again, as logrotate's scripts expect of a server; HUP also reads the configuration again, and the files that it names. Where there is none of these,
/// and no systemd that was told of HUP, they end the server as they end any program, so that it does not outlive its terminal.
/// </summary>
internal sealed class ReloadSignals(ServiceNotifier notifier, AccessLog? accessLog = null, ConfigReload? config = null) : IHostedService, IDisposable
{
    private const PosixSignal Usr1 = (PosixSignal)10; // SIGUSR1 on Linux; the framework has no name for it.

    private readonly List<PosixSignalRegistration> _registrations = [];

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows() || (accessLog is null && config is null && !notifier.IsEnabled))
            return Task.CompletedTask;
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, Reload));
        if (OperatingSystem.IsLinux())
            _registrations.Add(PosixSignalRegistration.Create(Usr1, Reload));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());

    private void Reload(PosixSignalContext context)
    {
        context.Cancel = true;
        accessLog?.Reopen();
        if (context.Signal == PosixSignal.SIGHUP)
            config?.Run();
        notifier.TellReloaded();
    }
}

using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ReliableDownload.Api.Hosting;

/// <summary>Ctrl-C and TERM: the first stops the server cleanly.</summary>
internal sealed class StopSignals(IHostApplicationLifetime lifetime, RdApiOptions options, PassedListeners passed, ILogger log)
    : IHostLifetime, IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly StopSignal _stop = new();
    private Task _stopping = Task.CompletedTask;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => _stopping;

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());

    private void OnSignal(PosixSignalContext context)
    {
        if (!_stop.Take(context))
            return;
        log.Stopping(options.Limits.Stop.TotalSeconds);
        _stopping = StopAsync();
    }

    private async Task StopAsync()
    {
        try
        {
            await passed.LeaveAsync();
        }
        finally
        {
            lifetime.StopApplication();
        }
    }
}

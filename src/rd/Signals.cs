using System.Runtime.InteropServices;

namespace ReliableDownload.Rd;

/// <summary>Turns the first Ctrl-C, TERM or HUP into a cancellation. One per process.</summary>
internal sealed class Signals : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly StopSignal _stop = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _received;

    public Signals()
    {
        PosixSignal[] handled = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];
        _registrations = [.. handled.Select(signal => PosixSignalRegistration.Create(signal, Handle))];
    }

    public CancellationToken Token => _source.Token;

    /// <summary>The first signal that came, if one did.</summary>
    public PosixSignal? Received => (PosixSignal)Volatile.Read(ref _received) is var signal && signal != default ? signal : null;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        if (!_stop.Take(context))
            return;
        Volatile.Write(ref _received, (int)context.Signal);
        _source.Cancel();
    }
}

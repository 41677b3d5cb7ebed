using System.Runtime.InteropServices;

namespace ReliableDownload;

/// <summary>Takes the signals that ask a program to stop: the first is the program's affair, a later one has its default effect and ends it at once.</summary>
internal sealed class StopSignal
{
    // timeout(1) and other launchers signal the program and then its whole group: two signals for one wish.
    private const long EchoMilliseconds = 300;

    private long _first;

    /// <returns>Whether it is the first.</returns>
    public bool Take(PosixSignalContext context)
    {
        var now = Environment.TickCount64;
        var first = Interlocked.CompareExchange(ref _first, now, 0);
        // Unless canceled, the signal has its default effect.
        context.Cancel = first == 0 || now - first < EchoMilliseconds;
        return first == 0;
    }
}

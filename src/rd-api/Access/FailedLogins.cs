using System.Net;

namespace ReliableDownload.Api.Access;

/// <summary>
/// How often each client has given a wrong password. After ten within a minute its passwords are not even looked at until the minute is over: that
/// slows guessing and bounds what it costs. Thread-safe.
/// </summary>
internal sealed class FailedLogins(TimeProvider clock)
{
    public const int MaxFailures = 10;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    // When so many clients fail within a minute, the count begins anew for all: their passwords are still bounded by the processors.
    private const int MaxClients = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _counts = [];
    private long _began = clock.GetTimestamp();

    /// <summary>How long the client has to wait; zero if it need not.</summary>
    /// <param name="client">As made by <c>DigestRequest.ClientOf</c>.</param>
    public TimeSpan WaitOf(IPAddress client)
    {
        lock (_gate)
        {
            Age();
            return _counts.GetValueOrDefault(client) < MaxFailures ? TimeSpan.Zero : Window - clock.GetElapsedTime(_began);
        }
    }

    public void Add(IPAddress client)
    {
        lock (_gate)
        {
            Age();
            _counts[client] = _counts.GetValueOrDefault(client) + 1;
        }
    }

    private void Age()
    {
        if (clock.GetElapsedTime(_began) < Window && _counts.Count < MaxClients)
            return;
        _counts.Clear();
        _began = clock.GetTimestamp();
    }
}

using System.Net;

namespace ReliableDownload.Api.Access;

/// <summary>
/// How often each client has given a wrong password. After some within a minute its passwords are not even looked at until the minute is over: that
/// slows guessing and bounds what it costs. Thread-safe.
/// </summary>
internal sealed class FailedLogins(TimeProvider clock)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

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
            return _counts.GetValueOrDefault(client) < Limits.FailedLogins ? TimeSpan.Zero : Window - clock.GetElapsedTime(_began);
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
        if (clock.GetElapsedTime(_began) < Window && _counts.Count < Limits.FailedLoginClients)
            return;
        _counts.Clear();
        _began = clock.GetTimestamp();
    }
}

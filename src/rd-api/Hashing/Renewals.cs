using System.Net;
using ReliableDownload.Api.Cache;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// Which contents were hashed again because a client distrusted their digests, and for whom. Each is only once in ten times the time that it takes, and a client has few at a
/// time, so that nobody can keep the workers busy with it. Not thread-safe: its owner locks.
/// </summary>
internal sealed class Renewals(JobTable jobs, TimeProvider time)
{
    private const int Rest = 10;

    private readonly Dictionary<DigestKey, Renewal> _renewals = [];

    /// <summary>Whether it is being hashed again, or was of late.</summary>
    public bool Contains(DigestKey key) => _renewals.TryGetValue(key, out var renewal) && !IsOver(key, renewal);

    /// <returns>False if it was renewed of late, or too many others.</returns>
    /// <param name="client">Null if it comes with another one, and does not count.</param>
    public bool TryAdd(DigestKey key, IPAddress? client)
    {
        if (Contains(key))
            return false;
        foreach (var (old, renewal) in _renewals)
        {
            if (IsOver(old, renewal))
                _renewals.Remove(old);
        }

        if (_renewals.Count >= Limits.RecentContents || (client is not null && _renewals.Values.Count(other => client.Equals(other.Client)) >= Limits.RenewalsOfClient))
            return false;
        _renewals[key] = new Renewal(client, time.GetTimestamp(), Limits.Renewal);
        return true;
    }

    /// <summary>A job is done that took so long.</summary>
    public void End(DigestKey key, TimeSpan duration)
    {
        if (_renewals.TryGetValue(key, out var renewal))
            _renewals[key] = renewal with { Since = time.GetTimestamp(), Memory = TimeSpan.FromTicks(Math.Max(Limits.Renewal.Ticks, Rest * duration.Ticks)) };
    }

    private bool IsOver(DigestKey key, Renewal renewal) => time.GetElapsedTime(renewal.Since) > renewal.Memory && jobs.Find(key) is not { IsRenewal: true };

    private readonly record struct Renewal(IPAddress? Client, long Since, TimeSpan Memory);
}

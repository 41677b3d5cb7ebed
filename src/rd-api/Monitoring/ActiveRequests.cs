using System.Collections.Concurrent;

namespace ReliableDownload.Api.Monitoring;

/// <summary>The requests that are being answered; there are no more of them than connections. Thread-safe.</summary>
internal sealed class ActiveRequests : IRequestObserver
{
    private readonly ConcurrentDictionary<ActiveRequest, bool> _requests = [];

    public int Count => _requests.Count;

    /// <summary>Some of them, the oldest first.</summary>
    public IReadOnlyList<ActiveRequest> Oldest(int most) => [.. _requests.Keys.OrderBy(static request => request.Started).Take(most)];

    public void Begin(ActiveRequest request) => _requests[request] = true;

    public void End(ActiveRequest request, in RequestRecord record) => _requests.TryRemove(request, out _);
}

using Microsoft.AspNetCore.Http;

namespace ReliableDownload.Api.Monitoring;

/// <summary>Tells the observers of each request, after its last byte. Without observers it costs nothing. One for all requests.</summary>
internal sealed class RequestWatch(IEnumerable<IRequestObserver> observers, TimeProvider clock)
{
    private readonly IRequestObserver[] _observers = [.. observers];

    public void Begin(HttpContext context)
    {
        if (_observers.Length > 0)
            new ActiveRequest(_observers, clock, context).Begin();
    }
}

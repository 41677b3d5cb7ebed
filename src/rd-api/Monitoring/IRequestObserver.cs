namespace ReliableDownload.Api.Monitoring;

/// <summary>Is told of every request: the access log, the metrics, the list of what is going on. Thread-safe; must not block.</summary>
internal interface IRequestObserver
{
    /// <summary>A request has arrived.</summary>
    void Begin(ActiveRequest request)
    {
    }

    /// <summary>Its response is over, whether it was finished or cut.</summary>
    void End(ActiveRequest request, in RequestRecord record);
}

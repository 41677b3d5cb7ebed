namespace ReliableDownload.Api.Monitoring;

/// <summary>Is told of every request. There are two: the access log and the metrics. Thread-safe; must not block.</summary>
internal interface IRequestObserver
{
    /// <summary>A request has arrived.</summary>
    void Begin();

    /// <summary>Its response is over, whether it was finished or cut.</summary>
    void End(in RequestRecord request);
}

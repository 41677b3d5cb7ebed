namespace ReliableDownload.Client.Network;

/// <summary>No connection to the proxy, which is not the server's fault.</summary>
internal sealed class ProxyException(string proxy, Exception reason) : IOException(reason.Message, reason)
{
    /// <summary>Its name and port.</summary>
    public string Proxy => proxy;
}

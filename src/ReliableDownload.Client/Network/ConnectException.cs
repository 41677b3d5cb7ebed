using System.Net;

namespace ReliableDownload.Client.Network;

/// <summary>No connection could be made.</summary>
/// <param name="peer">The server, or the proxy before it, as it was named.</param>
/// <param name="isProxy">Whether it is a proxy, so that the server is not at fault.</param>
/// <param name="reason">What happened.</param>
internal sealed class ConnectException(DnsEndPoint peer, bool isProxy, Exception reason) : IOException(reason.Message, reason)
{
    public DnsEndPoint Peer => peer;

    public bool IsProxy => isProxy;
}

using System.Net;

namespace ReliableDownload.Client.Network;

/// <summary>One place that has the file. Safe for threads.</summary>
/// <param name="index">Which of the download's mirrors it is.</param>
/// <param name="address">The one address of the URL's host that it is; null for whichever answers.</param>
internal sealed class Mirror(int index, Uri url, IPAddress? address, Requests requests, DownloadOptions options, TimeProvider clock)
{
    public int Index => index;

    /// <summary>The one address of the URL's host that it is; null for whichever answers.</summary>
    public IPAddress? OneAddress => address;

    public FilePlace Place { get; } = new(url, requests);

    public ServerAddress Address { get; } = new(options, clock, address is null ? null : (host, cancellationToken) =>
        host == url.IdnHost ? Task.FromResult<IPAddress[]>([address!]) : Dns.GetHostAddressesAsync(host, cancellationToken));

    /// <summary>The other addresses of the URL's host, once one has answered.</summary>
    public IReadOnlyList<IPAddress> OtherAddresses => Address.Others(new DnsEndPoint(url.IdnHost, url.Port));

    /// <summary>Its host and port, for messages.</summary>
    public string Name => address is null ? url.Authority : $"{url.Authority} at {address}";

    /// <summary>Whether it is this place.</summary>
    public bool Is(Uri place, IPAddress? itsAddress) => url == place && Equals(address, itsAddress);
}

using System.Net;
using Microsoft.AspNetCore.Connections;
using ReliableDownload.Api.Hashing;

namespace ReliableDownload.Api.Proxies;

/// <summary>Which proxies are believed. Immutable.</summary>
internal sealed record ProxyOptions
{
    /// <summary>The addresses of proxies.</summary>
    public IReadOnlyList<IPNetwork> Networks { get; init; } = [];

    /// <summary>Whether whoever connects to a Unix socket is one.</summary>
    public bool TrustsUnixSockets { get; init; }

    public ProxyHeader Header { get; init; } = ProxyHeader.XForwarded;

    public bool HasAny => TrustsUnixSockets || Networks.Count > 0;

    /// <summary>
    /// The client that a connection belongs to, for what is counted by client; null for the connection of a proxy, which has many, and for one at a Unix socket, where there are no
    /// addresses, and usually a proxy.
    /// </summary>
    public IPAddress? ClientAt(ConnectionContext connection) =>
        connection.RemoteEndPoint is IPEndPoint { Address: var address } && !Trusts(address) ? DigestRequest.ClientOf(address) : null;

    /// <summary>Whether an address is that of a proxy.</summary>
    /// <param name="address">Null at a Unix socket.</param>
    public bool Trusts(IPAddress? address)
    {
        if (address is null)
            return TrustsUnixSockets;
        // A dual-stack socket reports IPv4 addresses as IPv4-mapped IPv6 ones.
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        foreach (var network in Networks)
        {
            if (network.Contains(plain))
                return true;
        }

        return false;
    }
}

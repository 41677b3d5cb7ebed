using System.Net;
using System.Net.Sockets;

namespace ReliableDownload.Api.Hosting;

/// <summary>Finds the addresses to listen on for the host that the user named.</summary>
internal static class ListenAddress
{
    /// <exception cref="CannotStartException">The name is not known.</exception>
    public static async Task<IReadOnlyList<ListenPoint>> AllAsync(RdApiOptions options, CancellationToken cancellationToken)
    {
        var addresses = await ResolveAsync(options.Host, options.Port, cancellationToken);
        IEnumerable<ListenPoint> all = addresses.Select(address => new ListenPoint(address));
        return options.Tls?.RedirectPort is { } port
            ? [.. all, .. addresses.Select(address => new ListenPoint(new IPEndPoint(address.Address, port), IsRedirect: true))]
            : [.. all];
    }

    /// <param name="host">An address, or a name, which may have several.</param>
    /// <param name="port">0 means a free port; as each address would get a different one, only the first address is used then.</param>
    /// <exception cref="CannotStartException">The name is not known.</exception>
    private static async Task<IReadOnlyList<IPEndPoint>> ResolveAsync(string host, int port, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var address))
            return [new IPEndPoint(address.Equals(IPAddress.IPv6Any) && !Socket.OSSupportsIPv6 ? IPAddress.Any : address, port)];
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(host, cancellationToken);
            return [.. addresses.Distinct().Take(port == 0 ? 1 : int.MaxValue).Select(one => new IPEndPoint(one, port))];
        }
        catch (SocketException error)
        {
            throw new CannotStartException($"the host name {host} has no address: choose one with --host, or :: for all", error);
        }
    }
}

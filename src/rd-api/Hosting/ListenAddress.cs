using System.Net;
using System.Net.Sockets;

namespace ReliableDownload.Api.Hosting;

/// <summary>Finds the addresses to listen on for what the user named.</summary>
internal static class ListenAddress
{
    private const string ListenOption = "--listen";

    /// <param name="passed">Sockets that the process was started with; they take the place of the one address that is listened on otherwise.</param>
    /// <exception cref="CannotStartException">A name is not known, a path is too long, or there is nothing to redirect to.</exception>
    public static async Task<IReadOnlyList<ListenPoint>> AllAsync(RdApiOptions options, IReadOnlyList<ListenPoint> passed, CancellationToken cancellationToken)
    {
        if (options.Tls is null && passed.Any(point => point.IsRedirect))
            throw new CannotStartException("the socket called redirect sends clients to https: add --tls-cert and --tls-key");
        var points = new List<ListenPoint>(passed);
        foreach (var choice in options.Listen)
        {
            if (choice is ListenChoice.Tcp tcp)
                points.AddRange((await ResolveAsync(tcp, ListenOption, cancellationToken)).Select(address => new ListenPoint(address) { HostOption = ListenOption, PortOption = ListenOption }));
            else if (choice is ListenChoice.UnixSocket socket)
                points.Add(new ListenPoint(UnixSocket.EndPoint(socket.Path)) { Mode = socket.Mode });
        }

        if (points.Count == 0)
            points.AddRange((await ResolveAsync(new ListenChoice.Tcp(options.Host, options.Port), "--host", cancellationToken)).Select(address => new ListenPoint(address)));
        if (options.Tls?.RedirectPort is { } port)
            points.AddRange(await RedirectsAsync(options, points, port, cancellationToken));
        return points;
    }

    // Where there are only other sockets, clients without TLS come to the usual address.
    private static async Task<IEnumerable<ListenPoint>> RedirectsAsync(
        RdApiOptions options, IEnumerable<ListenPoint> points, int port, CancellationToken cancellationToken)
    {
        var addresses = points.Select(point => point.EndPoint).OfType<IPEndPoint>().Select(endPoint => endPoint.Address).Distinct().ToList();
        if (addresses.Count == 0)
            addresses = [.. (await ResolveAsync(new ListenChoice.Tcp(options.Host, port), "--host", cancellationToken)).Select(endPoint => endPoint.Address)];
        return addresses.Select(address => new ListenPoint(new IPEndPoint(address, port), IsRedirect: true) { PortOption = "--redirect-http" });
    }

    /// <param name="place">A name may have several addresses. With port 0, a free one, only the first is used, as each would get a different port.</param>
    /// <param name="option">The option with which to choose another, for a sentence.</param>
    /// <exception cref="CannotStartException">The name is not known.</exception>
    private static async Task<IReadOnlyList<IPEndPoint>> ResolveAsync(ListenChoice.Tcp place, string option, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(place.Host, out var address))
            return [new IPEndPoint(address.Equals(IPAddress.IPv6Any) && !Socket.OSSupportsIPv6 ? IPAddress.Any : address, place.Port)];
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(place.Host, cancellationToken);
            return [.. addresses.Distinct().Take(place.Port == 0 ? 1 : int.MaxValue).Select(one => new IPEndPoint(one, place.Port))];
        }
        catch (SocketException error)
        {
            throw new CannotStartException($"the host name {place.Host} has no address: choose one with {option}, or :: for all", error);
        }
    }
}

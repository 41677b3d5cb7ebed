using System.Net;
using System.Net.Sockets;

namespace ReliableDownload.Api.Checking;

/// <summary>Addresses that were free, and are held until all are tried: two options may name the same one.</summary>
internal sealed class BoundAddresses : IDisposable
{
    private readonly List<Socket> _sockets = [];

    public void Add(Socket socket) => _sockets.Add(socket);

    /// <summary>Whether one of them keeps the address from being bound; the address that stands for all of a port's does, too.</summary>
    public bool Contains(EndPoint address) => _sockets.Any(socket => (socket.LocalEndPoint, address) switch
    {
        (IPEndPoint held, IPEndPoint other) => held.Port == other.Port && (held.Address.Equals(other.Address) || IsAny(held.Address) || IsAny(other.Address)),
        var (held, other) => Equals(held, other),
    });

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    public void Dispose()
    {
        foreach (var socket in _sockets)
            socket.Dispose();
    }
}

using System.Net;
using System.Net.Sockets;

namespace ReliableDownload.Api.Hosting;

/// <summary>The server cannot start; the message says why, and what to do about it.</summary>
internal sealed class CannotStartException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>The explanation of a failure to listen somewhere.</summary>
    public static CannotStartException Of(SocketException error, ListenPoint point) => new(
        (error.SocketErrorCode, point.EndPoint) switch
        {
            (SocketError.AddressAlreadyInUse, IPEndPoint { Port: var port }) =>
                $"port {port} is in use: choose another with {point.PortOption}, or end the program that listens there",
            (SocketError.AccessDenied, IPEndPoint { Port: var port }) =>
                $"this user may not listen on port {port}: choose one above 1023 with {point.PortOption}",
            (SocketError.AddressNotAvailable, IPEndPoint { Address: var address }) =>
                $"{address} is not an address of this machine: choose one of its own with {point.HostOption}, or :: for all",
            (SocketError.AccessDenied, UnixDomainSocketEndPoint path) =>
                $"this user may not make the socket {path}: choose another with --listen, or let it write to that folder",
            (_, IPEndPoint or UnixDomainSocketEndPoint) => $"cannot listen on {point.EndPoint}: {error.Message}",
            _ => $"a descriptor that was passed (LISTEN_FDS) is not a socket that can be listened on: {error.Message}",
        },
        error);
}

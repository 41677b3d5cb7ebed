using System.Net;

namespace ReliableDownload.Api.Hosting;

/// <summary>Where to listen, and what for.</summary>
/// <param name="EndPoint">An address and a port, where 0 picks a free one; the path of a Unix socket; or a socket that this process was started with.</param>
/// <param name="IsRedirect">Whether clients are only sent to TLS there.</param>
internal sealed record ListenPoint(EndPoint EndPoint, bool IsRedirect = false)
{
    /// <summary>Who may connect to a Unix socket.</summary>
    public UnixFileMode Mode { get; init; } = ListenChoice.UnixSocket.DefaultMode;

    /// <summary>The option with which to choose another address, for a sentence.</summary>
    public string HostOption { get; init; } = "--host";

    /// <summary>The option with which to choose another port.</summary>
    public string PortOption { get; init; } = "--port";
}

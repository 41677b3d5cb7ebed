using System.Net;

namespace ReliableDownload.Api.Hosting;

/// <summary>Where to listen, and what for.</summary>
/// <param name="EndPoint">An address and a port; port 0 picks a free one.</param>
/// <param name="IsRedirect">Whether clients are only sent to TLS there.</param>
internal sealed record ListenPoint(EndPoint EndPoint, bool IsRedirect = false);

namespace ReliableDownload.Api.Proxies;

/// <summary>How a trusted proxy says for whom it asks. A proxy sets one of them and passes on what clients send as the others, so only one is believed.</summary>
internal enum ProxyHeader
{
    /// <summary><c>X-Forwarded-For</c>, <c>-Proto</c> and <c>-Host</c>.</summary>
    XForwarded,

    /// <summary><c>Forwarded</c> (RFC 7239).</summary>
    Forwarded,

    /// <summary>The PROXY protocol, version 1 or 2, at the beginning of each connection.</summary>
    ProxyProtocol,
}

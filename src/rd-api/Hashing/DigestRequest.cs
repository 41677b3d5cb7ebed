using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Hashing;

/// <summary>A client's request for the digests of a file.</summary>
/// <param name="Key">The content, under the requested name.</param>
/// <param name="Path">The file's path below the root.</param>
/// <param name="Client">The client, made by <see cref="ClientOf"/>.</param>
/// <param name="IsDistrustful">Whether known digests are to be calculated again (<c>Cache-Control: no-cache</c>).</param>
/// <param name="IsHelp">Whether no client asks, but another rd-api.</param>
internal readonly record struct DigestRequest(DigestKey Key, RequestPath Path, IPAddress Client, bool IsDistrustful = false, bool IsHelp = false)
{
    /// <summary>Whether a client wants no digests from a cache (RFC 9111, 5.2.1.4), including that of this server.</summary>
    public static bool IsDistrustfulOf(HttpRequest request) =>
        CacheControlHeaderValue.TryParse(request.Headers.CacheControl.ToString(), out var control) && control.NoCache;

    /// <summary>What counts as one client: an IPv4 address, or the 64 bits of an IPv6 address that a provider gives to a customer.</summary>
    public static IPAddress ClientOf(IPAddress? address)
    {
        if (address is null)
            return IPAddress.None;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }
}

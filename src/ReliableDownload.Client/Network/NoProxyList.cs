using System.Globalization;
using System.Net;

namespace ReliableDownload.Client.Network;

/// <summary>
/// What <c>no_proxy</c> excepts: <c>*</c> for all, names with all below them, addresses, ranges of addresses (<c>10.0.0.0/8</c>), each with or
/// without a port. Names are not looked up.
/// </summary>
internal sealed class NoProxyList
{
    private readonly List<Entry> _entries = [];
    private bool _hasAll;

    private NoProxyList()
    {
    }

    // One of the three is given; without a port it holds for all.
    private sealed record Entry(string? Name, IPAddress? Address, IPNetwork? Network, int? Port);

    public static NoProxyList OfEnvironment() => Parse(
        Environment.GetEnvironmentVariable("no_proxy") is { Length: > 0 } lower ? lower : Environment.GetEnvironmentVariable("NO_PROXY") ?? "");

    public static NoProxyList Parse(string text)
    {
        var list = new NoProxyList();
        foreach (var item in text.Split([',', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (item == "*")
                list._hasAll = true;
            else if (ParseItem(item) is { } entry)
                list._entries.Add(entry);
        }

        return list;
    }

    /// <param name="host">Without brackets, or with those of an IPv6 address.</param>
    public bool Has(string host, int port)
    {
        if (_hasAll)
            return true;
        host = host.Trim('[', ']').TrimEnd('.');
        var address = IPAddress.TryParse(host, out var parsed) ? Plain(parsed) : null;
        return _entries.Exists(entry => (entry.Port is null || entry.Port == port) && entry switch
        {
            { Network: { } network } => address is not null && network.Contains(address),
            { Address: { } its } => its.Equals(address),
            _ => address is null && IsBelow(host, entry.Name!),
        });
    }

    private static Entry? ParseItem(string item)
    {
        if (IPAddress.TryParse(item.Trim('[', ']'), out var bare))
            return new(null, Plain(bare), null, null);
        if (IPNetwork.TryParse(Masked(item), out var network))
            return new(null, null, network, null);
        int? port = null;
        var colon = item.LastIndexOf(':');
        if (colon >= 0)
        {
            if (!int.TryParse(item.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                return null;
            (item, port) = (item[..colon], number);
        }

        if (IPAddress.TryParse(item.Trim('[', ']'), out var address))
            return new(null, Plain(address), null, port);
        var name = (item.StartsWith("*.", StringComparison.Ordinal) ? item[1..] : item).Trim('.');
        return name.Length > 0 ? new(name, null, null, port) : null;
    }

    // People write 192.168.1.7/24; the framework wants the bits behind the prefix to be zero.
    private static string Masked(string item)
    {
        var slash = item.IndexOf('/');
        if (slash < 0 || !IPAddress.TryParse(item.AsSpan(0, slash).Trim("[]"), out var address)
            || !int.TryParse(item.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var bits))
            return item;
        var bytes = address.GetAddressBytes();
        for (var bit = bits; bit < 8 * bytes.Length; bit++)
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        return $"{new IPAddress(bytes)}/{bits}";
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static bool IsBelow(string host, string name) =>
        host.EndsWith(name, StringComparison.OrdinalIgnoreCase) && (host.Length == name.Length || host[^(name.Length + 1)] == '.');
}

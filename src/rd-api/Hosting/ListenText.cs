using System.Globalization;

namespace ReliableDownload.Api.Hosting;

/// <summary>Reads where to listen: <c>127.0.0.1:8082</c>, <c>[::1]:8082</c>, <c>localhost:8082</c>, <c>:8082</c> for all addresses, <c>unix:/run/rd-api.sock,mode=660</c>.</summary>
internal static class ListenText
{
    public static readonly ValueParser<ListenChoice> Parser = new(
        "ADDRESS:PORT|unix:PATH",
        "an address and a port, such as 0.0.0.0:8082, [::1]:8082 or localhost:8082, or a socket, such as unix:/run/rd-api.sock or unix:/run/rd-api.sock,mode=666",
        TryParse);

    private const string Unix = "unix:";
    private const string ModeMark = ",mode=";
    private const int AllBits = 0b111_111_111;

    private static bool TryParse(string text, out ListenChoice value)
    {
        ListenChoice? choice = text.StartsWith(Unix, StringComparison.Ordinal) ? Socket(text[Unix.Length..]) : Address(text);
        value = choice!;
        return choice is not null;
    }

    private static ListenChoice.UnixSocket? Socket(string text)
    {
        var mark = text.LastIndexOf(ModeMark, StringComparison.Ordinal);
        var path = mark < 0 ? text : text[..mark];
        if (path.Length == 0 || path.Contains('\0'))
            return null;
        var mode = ListenChoice.UnixSocket.DefaultMode;
        return mark < 0 || TryMode(text[(mark + ModeMark.Length)..], out mode) ? new ListenChoice.UnixSocket(Path.GetFullPath(path), mode) : null;
    }

    private static bool TryMode(string text, out UnixFileMode mode)
    {
        var isMode = text.Length is 3 or 4 && text.All(digit => digit is >= '0' and <= '7');
        var bits = isMode ? Convert.ToInt32(text, 8) : 0;
        mode = (UnixFileMode)bits;
        return isMode && bits is > 0 and <= AllBits;
    }

    private static ListenChoice.Tcp? Address(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon < 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > 65535)
            return null;
        var host = text[..colon];
        var isBracketed = host is ['[', .., ']'];
        // An IPv6 address without brackets would lose its last part to the port.
        if (host.Contains(':') != isBracketed)
            return null;
        var name = isBracketed ? host[1..^1] : host;
        return ValueParser.Host.Parse(name.Length == 0 ? "*" : name, out var known) ? new ListenChoice.Tcp(known, port) : null;
    }
}

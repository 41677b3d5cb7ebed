using System.Globalization;
using System.Net;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api;

/// <summary>Reads the text of a flag or a variable.</summary>
/// <param name="Name">What the help calls such a value.</param>
/// <param name="Expected">What a text must be; completes the sentence "must be …".</param>
/// <param name="Parse">False if the text is not valid.</param>
internal sealed record ValueParser<T>(string Name, string Expected, ValueParser<T>.TryParse Parse)
{
    public delegate bool TryParse(string text, out T value);
}

/// <summary>The kinds of values that rd-api accepts.</summary>
internal static class ValueParser
{
    public static readonly ValueParser<string> Host =
        new("HOST", "an address or a host name; instead of 1.7's !6, give an IPv6 address of this machine", TryHost);

    public static readonly ValueParser<string> RedisHost = new("HOST", "an address or a host name", TryName);
    public static readonly ValueParser<string> CongestionControl = new("NAME", "the name of one, or default", TryName);
    public static readonly ValueParser<string> Folder = new("DIR", "the path of a folder", TryFullPath);
    public static readonly ValueParser<string> File = new("FILE", "the path of a file", TryFullPath);

    public static readonly ValueParser<string> FileOrDash = new("FILE", "the path of a file, or - for standard output", TryFileOrDash);
    public static readonly ValueParser<string> AccessLogForm = new("FORM", "combined or json", TryAccessLogForm);
    public static readonly ValueParser<IPEndPoint> EndPoint = new("ADDRESS:PORT", "an address and a port, such as 127.0.0.1:9182 or [::1]:9182", TryEndPoint);

    public static readonly ValueParser<int> BlockSize = new(
        "SIZE",
        $"a size from {BlockLayout.MinBlockSize >> 10}K to {BlockLayout.MaxServedBlockSize >> 20}M, such as 2M; instead of others that 1.7 accepted, choose the nearest",
        TryBlockSize);

    public static readonly ValueParser<int> Workers = Number("INT", 1, 256) with
    {
        Expected = "a number from 1 to 256; instead of 1.7's 0, omit the option: each rd-api hashes what it serves",
    };

    public static readonly ValueParser<TimeSpan> Period = new("TIME", "a time of at most 10 years, such as 90, 30m, 24h or 7d", TryPeriod);

    public static readonly ValueParser<long> Rate = new("RATE", "bytes per second, at least 1K, such as 500K or 1.5M (K, M, G: 1024-based)", TryRate);

    public static ValueParser<int> Number(string name, int least, int most) => new(
        name,
        $"a number from {least} to {most}",
        (text, out value) => int.TryParse(text, NumberStyles.None, null, out value) && value >= least && value <= most);

    private static bool TryFileOrDash(string text, out string value)
    {
        value = text;
        return text == Monitoring.AccessLog.StandardOutput || TryFullPath(text, out value);
    }

    private static bool TryAccessLogForm(string text, out string value)
    {
        value = text;
        return text is "combined" or "json";
    }

    private static bool TryEndPoint(string text, out IPEndPoint value)
    {
        // Without a port the framework takes 0.
        var isEndPoint = IPEndPoint.TryParse(text, out var endPoint) && text.EndsWith(string.Create(CultureInfo.InvariantCulture, $":{endPoint.Port}"), StringComparison.Ordinal);
        value = endPoint!;
        return isEndPoint;
    }

    private static bool TryName(string text, out string value)
    {
        value = text;
        return !string.IsNullOrWhiteSpace(text);
    }

    // With a star or an exclamation mark 1.7 named all addresses of a kind.
    private static bool TryHost(string text, out string value)
    {
        value = text switch
        {
            "*" or "*6" => "::",
            "*4" or "!4" => "0.0.0.0",
            _ => text,
        };
        return TryName(value, out _) && value[0] is not ('*' or '!');
    }

    private static bool TryFullPath(string text, out string value)
    {
        var isPath = text.Length > 0 && !text.Contains('\0');
        value = isPath ? Path.GetFullPath(text) : "";
        return isPath;
    }

    private static bool TryBlockSize(string text, out int value)
    {
        var shift = text is [.., 'K' or 'k'] ? 10 : text is [.., 'M' or 'm'] ? 20 : 0;
        var digits = shift == 0 ? text : text[..^1];
        var isSize = long.TryParse(digits, NumberStyles.None, null, out var units) && units <= BlockLayout.MaxServedBlockSize >> shift;
        value = isSize ? (int)(units << shift) : 0;
        return value is >= BlockLayout.MinBlockSize and <= BlockLayout.MaxServedBlockSize;
    }

    private static bool TryRate(string text, out long value)
    {
        var power = text.Length == 0 ? -1 : "KMGT".IndexOf(char.ToUpperInvariant(text[^1]), StringComparison.Ordinal);
        var isNumber = double.TryParse(power < 0 ? text : text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var units);
        var bytes = units * Math.Pow(1024, power + 1);
        // A lower rate would not send a page before its reader gives up.
        var isRate = isNumber && bytes is >= 1024 and < long.MaxValue;
        value = isRate ? (long)bytes : 0;
        return isRate;
    }

    private static bool TryPeriod(string text, out TimeSpan value)
    {
        var seconds = text is [.., 'm'] ? 60 : text is [.., 'h'] ? 3600 : text is [.., 'd'] ? 86_400 : 1;
        var digits = text is [.., 's' or 'm' or 'h' or 'd'] ? text[..^1] : text;
        var isPeriod = long.TryParse(digits, NumberStyles.None, null, out var count) && count > 0 && count <= 3650L * 86_400 / seconds;
        value = isPeriod ? TimeSpan.FromSeconds(count * seconds) : TimeSpan.Zero;
        return isPeriod;
    }
}

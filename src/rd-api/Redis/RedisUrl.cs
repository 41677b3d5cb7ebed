using System.Globalization;

namespace ReliableDownload.Api.Redis;

/// <summary>
/// Reads the URL of a Redis: <c>redis[s]://[USER[:PASSWORD]@]HOST[:PORT][,HOST[:PORT]…][/DATABASE][?NAME=VALUE&amp;…]</c>, which is what IANA registered and other
/// programs take, and several hosts. Messages never repeat the URL, which may hold a password.
/// </summary>
internal static class RedisUrl
{
    private const int MaxHosts = 64;

    private const string Form = "a URL such as redis://HOST, rediss://USER:PASSWORD@HOST:6379/0 or redis://HOST1,HOST2?sentinel=NAME";

    /// <exception cref="UsageException">It is none, or a file that it names cannot be used.</exception>
    public static RedisOptions Parse(string text)
    {
        var isTls = text.StartsWith("rediss://", StringComparison.OrdinalIgnoreCase);
        if (!isTls && !text.StartsWith("redis://", StringComparison.OrdinalIgnoreCase))
            throw Wrong($"must be {Form}");
        var rest = text[(text.IndexOf("://", StringComparison.Ordinal) + 3)..];
        var (before, query) = Cut(rest, rest.IndexOf('?', StringComparison.Ordinal));
        var at = before.LastIndexOf('@');
        var (login, place) = at < 0 ? ("", before) : (before[..at], before[(at + 1)..]);
        var (hosts, database) = Cut(place, place.IndexOf('/', StringComparison.Ordinal));
        var (user, password) = Cut(login, login.IndexOf(':', StringComparison.Ordinal));
        var options = ReadQuery(query, new RedisOptions
        {
            Hosts = [],
            IsTls = isTls,
            User = Decoded(user),
            Password = Decoded(password),
            Database = database.Length == 0 ? 0 : Number(database, 0, 1_000_000, "the database"),
        });
        var port = options.SentinelName is null ? RedisOptions.DefaultPort : RedisOptions.DefaultSentinelPort;
        options = options with { Hosts = [.. hosts.Split(',').Select(host => Host(host, port))] };
        if (options.Hosts.Count > MaxHosts)
            throw Wrong($"may name at most {MaxHosts} hosts");
        if (options.AuthorityFile is not null && !isTls)
            throw Wrong("names a ca, which is only for rediss://");
        return options;
    }

    private static RedisOptions ReadQuery(string query, RedisOptions options)
    {
        foreach (var parameter in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, text) = Cut(parameter, parameter.IndexOf('=', StringComparison.Ordinal));
            var value = Decoded(text) ?? throw Wrong($"gives no value for {name}");
            options = name switch
            {
                "sentinel" => options with { SentinelName = value },
                "ca" => options with { AuthorityFile = Existing(value) },
                "password-file" => options with { Password = FirstLine(value) },
                "expire" => options with { Lifetime = TimeSpan.FromDays(Number(value, 1, 3650, "expire, in days,")) },
                _ => throw Wrong($"has '{name}', but only sentinel, ca, password-file and expire are known"),
            };
        }

        return options;
    }

    private static (string Host, int Port) Host(string text, int port)
    {
        var end = text.StartsWith('[') ? text.IndexOf(']', StringComparison.Ordinal) + 1 : text.IndexOf(':', StringComparison.Ordinal);
        var (host, after) = end < 0 ? (text, "") : (text[..end], text[end..]);
        if (after.Length > 0)
            port = after[0] == ':' ? Number(after[1..], 1, 65535, "a port") : throw Wrong($"must be {Form}");
        host = host.Trim('[', ']');
        return Uri.CheckHostName(host) == UriHostNameType.Unknown ? throw Wrong($"must be {Form}") : (host, port);
    }

    private static string Existing(string file) =>
        File.Exists(file) ? Path.GetFullPath(file) : throw Wrong($"names the file {file}, which does not exist or may not be read");

    private static string FirstLine(string file)
    {
        try
        {
            return File.ReadLines(file).FirstOrDefault() is { Length: > 0 } line ? line : throw Wrong($"names the password file {file}, which is empty");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Wrong($"names the password file {file}, which cannot be read: {error.Message}");
        }
    }

    private static int Number(string text, int least, int most, string what) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw Wrong(string.Create(CultureInfo.InvariantCulture, $"has '{text}' where {what} must be a number from {least} to {most}"));

    private static (string Before, string After) Cut(string text, int at) => at < 0 ? (text, "") : (text[..at], text[(at + 1)..]);

    private static string? Decoded(string text) => text.Length == 0 ? null : Uri.UnescapeDataString(text);

    private static UsageException Wrong(string problem) => new($"the URL of Redis {problem}");
}

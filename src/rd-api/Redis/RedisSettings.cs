using System.CommandLine;

namespace ReliableDownload.Api.Redis;

/// <summary>The options for the Redis that several rd-api share.</summary>
internal sealed class RedisSettings
{
    // Where 1.7 looked for Redis if only its port was named.
    private const string LocalHost = "127.0.0.1";

    private const int MaxPrefix = 100;

    private readonly Setting<string> _url = new(
        "--redis", null, "REDIS_URL", null, "keep the digest cache in this Redis instead, and share the hashing with every rd-api that uses it", new ValueParser<string>("URL", "a URL", TryText));

    private readonly Setting<string> _prefix = new(
        "--redis-prefix", null, "RD_API_REDIS_PREFIX", "rd:", "what the keys in Redis begin with", new ValueParser<string>("TEXT", "a text of 1 to 100 characters without braces and spaces", TryPrefix));

    private readonly Setting<string> _host =
        new("--redis-host", null, "REDIS_HOST", null, "the Redis at this host, without --redis", ValueParser.RedisHost);

    private readonly Setting<int> _port = new(
        "--redis-port", null, "REDIS_PORT", "6379", "port of Redis; without --redis-host, Redis on 127.0.0.1", ValueParser.Number("PORT", 1, 65535));

    public RedisSettings()
    {
        // They were all there was in 1.x and are understood forever, but --redis says everything.
        _host.Option.Hidden = true;
        _port.Option.Hidden = true;
    }

    /// <summary>In the order of the help.</summary>
    public IEnumerable<Option> Options => [_url.Option, _prefix.Option, _host.Option, _port.Option];

    /// <returns>Null if Redis is not to be used.</returns>
    /// <exception cref="UsageException">A value is invalid, or does not go with another.</exception>
    public RedisOptions? Read(ParseResult parsed, Func<string, string?> environment)
    {
        var prefix = _prefix.Read(parsed, environment)!;
        if (_url.IsTyped(parsed) && (_host.IsTyped(parsed) || _port.IsTyped(parsed)))
            throw new UsageException("Redis is named twice: leave out either --redis or --redis-host and --redis-port");
        var isOldTyped = _host.IsTyped(parsed) || _port.IsTyped(parsed);
        if (!isOldTyped && _url.Read(parsed, environment) is { } url)
            return RedisUrl.Parse(url) with { Prefix = prefix };
        var host = _host.Read(parsed, environment) ?? (_port.IsGiven(parsed, environment) ? LocalHost : null);
        var port = _port.Read(parsed, environment);
        return host is null ? null : RedisOptions.At(host, port) with { Prefix = prefix };
    }

    private static bool TryText(string text, out string value)
    {
        value = text;
        return text.Length > 0;
    }

    // Braces would choose the node of a Cluster.
    private static bool TryPrefix(string text, out string value)
    {
        value = text;
        return text.Length is > 0 and <= MaxPrefix && !text.Any(c => c is '{' or '}' or '*' || char.IsWhiteSpace(c) || char.IsControl(c));
    }
}

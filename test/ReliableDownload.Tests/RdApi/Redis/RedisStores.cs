using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Redis;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Redis;

/// <summary>Stores in Redis as users name them.</summary>
internal static class RedisStores
{
    public static readonly DigestKey Key = new("/file", new FileIdentity(1, 1, 1, 1), 1 << 20, DigestAlgorithm.Sha256);

    public static RedisDigestStore Open(string url, string prefix = "rd:") =>
        new(new RedisConnection(RedisUrl.Parse(url) with { Prefix = prefix }, TimeProvider.System));

    public static string UrlOf(RedisSentinels sentinels) => $"redis://127.0.0.1:{sentinels.Port}?sentinel=files";
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ReliableDownload.Api.Cache;
using ReliableDownload.Protocol;
using StackExchange.Redis;

namespace ReliableDownload.Api.Redis;

/// <summary>The names of all keys and channels (docs/operations.md, "What is in Redis").</summary>
internal static class RedisKeys
{
    /// <summary>The digests of some blocks. The 3 is the layout's version: another layout gets another number and never reads these values.</summary>
    public static RedisKey Digests(string prefix, DigestKey key, int chunk) =>
        string.Create(CultureInfo.InvariantCulture, $"{prefix}3:{Convert.ToHexStringLower(HashOf(key))}:{chunk}");

    /// <summary>The stream of what is to be hashed of a content.</summary>
    /// <param name="name">The content's hash, in hex.</param>
    public static RedisKey Claims(string prefix, string name) => $"{prefix}3:{name}:claims";

    /// <summary>SHA-256 over all that a key consists of: rd-api that see the same content by the same name have the same.</summary>
    public static byte[] HashOf(DigestKey key)
    {
        var (size, modified, inode, changed) = (key.Identity.Size, key.Identity.Modified, key.Identity.Inode, key.Identity.Changed);
        var text = string.Create(CultureInfo.InvariantCulture, $"{key.BlockSize} {key.Algorithm.WireName} {size} {modified} {inode} {changed} {key.File}");
        return SHA256.HashData(Encoding.UTF8.GetBytes(text));
    }
}

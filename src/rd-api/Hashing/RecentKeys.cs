using System.Diagnostics.CodeAnalysis;
using ReliableDownload.Api.Cache;

namespace ReliableDownload.Api.Hashing;

/// <summary>Remembers for a while what happened to a bounded number of contents. Not thread-safe: its owner locks.</summary>
/// <param name="memory">How long each is remembered.</param>
internal sealed class RecentKeys<T>(TimeSpan memory, TimeProvider time)
{
    private readonly Dictionary<DigestKey, (T Value, long Since)> _keys = [];

    public bool TryGet(DigestKey key, [MaybeNullWhen(false)] out T value)
    {
        var isKnown = _keys.TryGetValue(key, out var entry) && !IsOver(entry.Since);
        value = entry.Value;
        return isKnown;
    }

    /// <returns>False if it is already remembered, or too many others are.</returns>
    public bool TryAdd(DigestKey key, T value)
    {
        if (TryGet(key, out _))
            return false;
        if (_keys.Count >= Limits.RecentContents)
        {
            foreach (var (old, (_, since)) in _keys)
            {
                if (IsOver(since))
                    _keys.Remove(old);
            }
        }

        if (_keys.Count >= Limits.RecentContents)
            return false;
        _keys[key] = (value, time.GetTimestamp());
        return true;
    }

    public void Remove(DigestKey key) => _keys.Remove(key);

    private bool IsOver(long since) => time.GetElapsedTime(since) > memory;
}

using ReliableDownload.Api.Cache;

namespace ReliableDownload.Tests.RdApi.Cache;

/// <summary>Reads a store at once.</summary>
internal static class ReadStore
{
    public static async Task<IReadOnlyList<DigestRun>> ReadAllAsync(this IDigestStore store, DigestKey key)
    {
        var runs = new List<DigestRun>();
        await store.ReadAsync(key, runs.Add, TestContext.Current.CancellationToken);
        return runs;
    }
}

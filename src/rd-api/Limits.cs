using ReliableDownload.Api.Kernel;

namespace ReliableDownload.Api;

/// <summary>
/// What rd-api grants its clients at most. Whatever a client can make grow, or last, is bounded by one of these. Read by all, changed by none.
/// </summary>
internal sealed record Limits
{
    /// <summary>
    /// Bytes that a response holds of a file which goes through memory: what a client costs that takes nothing, for each HTTP/2 stream.
    /// </summary>
    public const int CopyBuffer = 64 << 10;

    /// <summary>The most jobs of hashing that may be unfinished.</summary>
    public const int HashJobs = 1024;

    /// <summary>The most of them that one client may have asked for first; beyond, its own make room.</summary>
    public const int HashJobsOfClient = HashJobs / 4;

    /// <summary>Bytes of complete tables of digests in memory: the SHA-256 digests of 4 TiB in blocks of 2 MiB.</summary>
    public const long DigestMemory = 64 << 20;

    /// <summary>Bytes of digests that wait for an absent store.</summary>
    public const long UnstoredDigests = 64 << 20;

    // Descriptors for all but clients: the runtime's own, the cache, those of hashing and of listings.
    private const int ReservedDescriptors = 128;

    // A connection and the file that it downloads.
    private const int DescriptorsPerConnection = 2;

    // Measured: an idle connection takes 6 KiB.
    private const int BytesPerConnection = 8 << 10;

    private const int MinConnections = 16;

    /// <summary>
    /// How many connections may be open; others wait in the kernel. The default leaves descriptors for a file each, and memory: idle
    /// connections take a third at most.
    /// </summary>
    public int Connections { get; init; } = (int)Math.Clamp(
        Math.Min(
            (DescriptorLimit.Value - ReservedDescriptors) / DescriptorsPerConnection,
            GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 3 / BytesPerConnection),
        MinConnections,
        int.MaxValue);

    /// <summary>Bytes of the names in folders that are being listed; while they hold more, no other folder is read.</summary>
    public long Listings { get; init; } = Math.Min(64 << 20, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8);

    /// <summary>How long a client may take nothing of a response before it is cut: an outage of minutes must not cost it its connection.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long responses may take to finish after a signal to stop.</summary>
    public TimeSpan Stop { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many lines of the log may wait to be written; more are dropped, and the log says how many.</summary>
    public int LogLines { get; init; } = 1000;
}

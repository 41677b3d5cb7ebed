namespace ReliableDownload.Api.Trees;

/// <summary>Counts the memory that the names in all trees' folders take. Thread-safe; one for all requests.</summary>
/// <param name="capacity">In bytes. A walk goes on as long as the others leave any room, so it may be exceeded by what one holds.</param>
internal sealed class TreeNames(long capacity = Limits.TreeNames)
{
    private long _held;

    /// <summary>Whether others than a walk that holds <paramref name="own"/> take all room: its own names would never make way for its next ones.</summary>
    public bool IsFullBeside(long own) => Interlocked.Read(ref _held) - own >= capacity;

    public void Add(long bytes) => Interlocked.Add(ref _held, bytes);

    public void Remove(long bytes) => Interlocked.Add(ref _held, -bytes);
}

namespace ReliableDownload.Api.Trees;

/// <summary>Counts the memory that the names in all trees' folders take. Thread-safe; one for all requests.</summary>
/// <param name="capacity">In bytes. One folder is taken as long as there is any room, so it may be exceeded by that.</param>
internal sealed class TreeNames(long capacity = Limits.TreeNames)
{
    private long _held;

    public bool IsFull => Interlocked.Read(ref _held) >= capacity;

    public void Add(long bytes) => Interlocked.Add(ref _held, bytes);

    public void Remove(long bytes) => Interlocked.Add(ref _held, -bytes);
}

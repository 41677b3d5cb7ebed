using ReliableDownload.Api.Cache;

namespace ReliableDownload.Tests.RdApi.Hashing;

/// <summary>A store that knows nothing and whose calls fail as a test says.</summary>
/// <param name="read">Called for each lookup with its number, before it returns.</param>
internal sealed class FaultyStore(Action<int> read) : IDigestStore
{
    private int _reads;

    public Task OpenAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task ReadAsync(DigestKey key, Action<DigestRun> found, CancellationToken cancellationToken)
    {
        read(Interlocked.Increment(ref _reads));
        return Task.CompletedTask;
    }

    public Task WriteAsync(DigestKey key, IReadOnlyList<DigestRun> runs, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task WriteFilesAsync(IReadOnlyList<FileDigest> files, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task ReadFilesAsync(IReadOnlyList<DigestKey> keys, Action<int, ReadOnlyMemory<byte>> found, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task RemoveAsync(DigestKey key, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task TidyAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

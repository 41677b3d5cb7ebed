namespace ReliableDownload.Api.Hashing;

/// <summary>Consecutive blocks.</summary>
internal readonly record struct BlockRun(int First, int Count)
{
    /// <summary>The block after the last one.</summary>
    public int End => First + Count;
}

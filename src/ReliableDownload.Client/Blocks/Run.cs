using System.Runtime.InteropServices;

namespace ReliableDownload.Client.Blocks;

/// <summary>Consecutive blocks, the unit of a request.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Run(int First, int Count)
{
    /// <summary>The block after the last.</summary>
    public int End => First + Count;

    /// <summary>What is left when <paramref name="done"/> blocks at the beginning are.</summary>
    public Run Skip(int done) => new(First + done, Count - done);
}

using System.Runtime.CompilerServices;

namespace ReliableDownload.Protocol.Hashing;

/// <summary>
/// The loop over the chunks of messages that are hashed in lock-step. Pure. This method and those it calls for each chunk are
/// compiled with all optimisations at their first call, because whole files would be hashed before the runtime recognises them as hot.
/// It is split into several methods because the compiler inlines only a limited amount into one.
/// </summary>
internal static unsafe class LaneKernel
{
    /// <summary>The unit of hashing, in bytes (FIPS 180-4, section 5.2.1, where it is called a block).</summary>
    public const int ChunkSize = 64;

    /// <summary>Processes the next chunks of each message, one message per lane, into the state, and advances the pointers past them.</summary>
    /// <param name="state">A vector for each word of the hash's state.</param>
    [SkipLocalsInit, MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Take<TLanes, THash>(byte** messages, int chunks, uint* state)
        where TLanes : unmanaged, ILanes<TLanes>
        where THash : ICompression
    {
        // A vector that spans two cache lines costs twice as much, so all start at a multiple of their size.
        var room = stackalloc TLanes[THash.ScheduleLength + THash.InitialState.Length + 1];
        var schedule = (TLanes*)(((nuint)room + (nuint)sizeof(TLanes) - 1) & ~((nuint)sizeof(TLanes) - 1));
        var aligned = schedule + THash.ScheduleLength;
        var stateSize = (uint)(THash.InitialState.Length * sizeof(TLanes));
        Unsafe.CopyBlockUnaligned(aligned, state, stateSize);
        for (; chunks > 0; chunks--)
        {
            TLanes.Read(messages, schedule);
            for (var lane = 0; lane < TLanes.Count; lane++)
                messages[lane] += ChunkSize;
            THash.Compress(schedule, aligned);
        }

        Unsafe.CopyBlockUnaligned(state, aligned, stateSize);
    }
}

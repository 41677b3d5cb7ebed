namespace ReliableDownload.Bench.Link;

/// <summary>What became of the packets of one direction. Written by its thread, read when that has ended.</summary>
internal sealed class LineCounters
{
    public long Packets { get; set; }

    public long Lost { get; set; }

    /// <summary>Dropped because the queue was full.</summary>
    public long Overflowed { get; set; }

    public long InOutage { get; set; }

    public long Changed { get; set; }

    public override string ToString() =>
        $"{Packets} packets, {Lost} lost, {Overflowed} dropped by the full queue, {InOutage} in outages, {Changed} changed";
}

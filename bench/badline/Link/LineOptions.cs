namespace ReliableDownload.Bench.Link;

/// <summary>What the line does to packets. Downstream is from the server to the client, upstream the way back.</summary>
internal sealed record LineOptions
{
    public required string ServerDevice { get; init; }

    public required string ClientDevice { get; init; }

    /// <summary>In bytes per second, in each direction.</summary>
    public required double Rate { get; init; }

    /// <summary>Of one direction, so half of the round trip.</summary>
    public required TimeSpan Delay { get; init; }

    /// <summary>The probability that a packet is lost, 0 to 1.</summary>
    public required double LossDown { get; init; }

    public required double LossUp { get; init; }

    /// <summary>The probability that a packet is changed, 0 to 1.</summary>
    public required double Corruption { get; init; }

    public required Outage? Outage { get; init; }

    public required int Seed { get; init; }

    /// <summary>A queue of one round trip lets one connection use the whole line; 100 ms is what routers commonly have at least.</summary>
    public TimeSpan QueueTime => Delay * 2 > TimeSpan.FromMilliseconds(100) ? Delay * 2 : TimeSpan.FromMilliseconds(100);
}

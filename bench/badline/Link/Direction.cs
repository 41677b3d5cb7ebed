namespace ReliableDownload.Bench.Link;

/// <summary>One direction of the line: takes packets from one device, and gives them to the other when they are due. One thread.</summary>
internal sealed class Direction(TunDevice source, TunDevice target, double loss, LineOptions options, LineClock clock, int seed)
{
    /// <summary>So many packets are taken in one go at the most, lest the ones that are due wait: 0.2 ms of 1 Gbit/s.</summary>
    private const int MaxTaken = 16;

    /// <summary>How soon the end is noticed on a silent line.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(50);

    private readonly Bottleneck _bottleneck = new(options.Rate, options.QueueTime);
    private readonly Random _random = new(seed);
    private readonly Queue<Packet> _onTheWay = new();
    private readonly Stack<byte[]> _freeBuffers = new();

    public LineCounters Counters { get; } = new();

    public void Run(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            Deliver();
            var wait = _onTheWay.TryPeek(out var next) ? next.Due - clock.Now : LongestWait;
            source.WaitForPacket(wait < LongestWait ? wait : LongestWait);
            Take();
        }
    }

    private void Deliver()
    {
        while (_onTheWay.TryPeek(out var packet) && packet.Due <= clock.Now)
        {
            target.Write(packet.Buffer.AsSpan(0, packet.Length));
            _freeBuffers.Push(_onTheWay.Dequeue().Buffer);
        }
    }

    private void Take()
    {
        for (var i = 0; i < MaxTaken; i++)
        {
            var buffer = _freeBuffers.TryPop(out var free) ? free : new byte[TunDevice.MaxPacket];
            var length = source.Read(buffer);
            if (length > 0 && Arrival(clock.Now, buffer.AsSpan(0, length)) is { } due)
                _onTheWay.Enqueue(new Packet(buffer, length, due));
            else
                _freeBuffers.Push(buffer);
            if (length == 0)
                return;
        }
    }

    /// <summary>When the packet arrives; null where it never does. A lost packet takes nothing of the rate, as with netem.</summary>
    private TimeSpan? Arrival(TimeSpan now, Span<byte> packet)
    {
        Counters.Packets++;
        if (_random.NextDouble() < loss)
        {
            Counters.Lost++;
            return null;
        }

        if (_bottleneck.Send(now, packet.Length) is not { } sent)
        {
            Counters.Overflowed++;
            return null;
        }

        if (options.Outage?.Touches(now, sent + options.Delay) == true)
        {
            Counters.InOutage++;
            return null;
        }

        if (_random.NextDouble() < options.Corruption && Corruption.TryChange(packet, _random))
            Counters.Changed++;
        return sent + options.Delay;
    }

    private readonly record struct Packet(byte[] Buffer, int Length, TimeSpan Due);
}

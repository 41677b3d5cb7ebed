using ReliableDownload.Client.Network;

namespace ReliableDownload.Client.Transfers;

/// <summary>The connection of one thread to one mirror, and what belongs to it.</summary>
internal sealed record Route(Mirror Mirror, RangeFetch Fetch, Pace Pace, Connection Connection, PieceReceiver Receiver) : IDisposable
{
    public void Dispose() => Connection.Dispose();
}

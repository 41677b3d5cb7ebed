using System.Collections.Concurrent;
using ReliableDownload.Client.Blocks;
using ReliableDownload.Client.Metadata;
using ReliableDownload.Client.Network;

namespace ReliableDownload.Client.Transfers;

/// <summary>Makes the ways to the mirrors for the connections of one transfer. Safe for threads.</summary>
internal sealed class Routes(IFileSource source, Session session, Transfer transfer, Scheduler scheduler)
{
    private readonly ConcurrentDictionary<int, RangeFetch> _fetches = new();
    private readonly Mirror _origin = session.Mirrors.Main;

    /// <summary>A way to a mirror.</summary>
    public Route To(Mirror mirror)
    {
        var pace = new Pace(session.Options, mirror.Address);
        return To(mirror, pace, new Connection(session.Requests, mirror.Address, pace, session.Clock));
    }

    /// <summary>The way that was begun before.</summary>
    public Route Of(HeadStart headStart) => To(headStart.Mirror, headStart.Pace, headStart.Connection);

    /// <summary>Whether another version on this mirror means that the file changed. Elsewhere, or where somebody else described the file, only this mirror is wrong.</summary>
    public bool IsOrigin(Mirror mirror) => mirror == _origin && session.Description is null;

    private Route To(Mirror mirror, Pace pace, Connection connection) => new(
        mirror, FetchOf(mirror), pace, connection, new PieceReceiver(transfer, scheduler, session.Line, pace, session.Counters, session.Clock, mirror.Index));

    // Tags and times are each server's own; sizes have to be the same.
    private RangeFetch FetchOf(Mirror mirror) => _fetches.GetOrAdd(mirror.Index, _ =>
    {
        var isOrigin = mirror == _origin;
        var version = isOrigin ? source.Validator : source.Validator with { Tag = null, Modified = null };
        return new RangeFetch(mirror.Place, source.File.Layout.FileSize, version, session.Clock) { IsPastCaches = source.Votes is not null, Adopts = !isOrigin && !source.HasDigests, Wish = isOrigin ? source.Wish : null };
    });
}

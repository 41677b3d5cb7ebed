using ReliableDownload.Client.Network;
using ReliableDownload.Client.Proof.Metalinks;

namespace ReliableDownload.Client.Transfers;

/// <summary>What all parts of one download share, over all its versions: options, clock, counters, and what is known of the line. Safe for threads.</summary>
internal sealed class Session
{
    private readonly RetryPolicy _policy;
    private int _pendingBlock = -1;

    public Session(Uri url, DownloadOptions options, TimeProvider clock)
    {
        (Options, Clock, _policy) = (options, clock, new RetryPolicy(options));
        Requests = new Requests(url, options, clock);
        Line = new Line(options, clock);
        Mirrors = new Mirrors([url, .. options.Mirrors, .. options.Description?.Urls ?? []], (index, place, address) => new Mirror(index, place, address, Requests, options, clock), clock, options.Tell);
        Description = options.Description is { } file ? new Description(file, "the Metalink") : null;
    }

    public DownloadOptions Options { get; }

    public TimeProvider Clock { get; }

    public Requests Requests { get; }

    /// <summary>The places that have the file.</summary>
    public Mirrors Mirrors { get; }

    /// <summary>Where it is asked what the file is.</summary>
    public FilePlace Place => Mirrors.Main.Place;

    public TransferCounters Counters { get; } = new();

    public Line Line { get; }

    public ServerAddress Address => Mirrors.Main.Address;

    /// <summary>What a Metalink says of the file; null where there is none, or none was found.</summary>
    public Description? Description { get; set; }

    /// <summary>Whether the digests are those that came when they were asked for a second time, since the first seemed wrong.</summary>
    public bool AreDigestsAskedAgain { get; set; }

    /// <summary>Whether the file seems to have changed, so that a cache on the way may still have what was said of an older version.</summary>
    public bool DoubtsCaches { get; set; }

    /// <summary>The first block whose digest is missing while the server tells nothing new; null while it does.</summary>
    public int? PendingBlock
    {
        get => Volatile.Read(ref _pendingBlock) is >= 0 and var block ? block : null;
        set => Volatile.Write(ref _pendingBlock, value ?? -1);
    }

    /// <summary>With how many connections a download begins.</summary>
    public int FirstConnections => ConnectionTuner.FirstNumber(Options.Connections, Address.RoundTrip, Options.RateLimit);

    /// <summary>How many connections are worth making before they are needed; near a server they are made at once anyway.</summary>
    public int ConnectionsAhead(TimeSpan roundTrip) => roundTrip < ConnectionTuner.Near ? 1 : FirstConnections;

    /// <summary>How long to wait after a failed attempt.</summary>
    /// <param name="failures">Failed attempts in a row of the caller's, this one counted; 0 when it brought something.</param>
    /// <exception cref="DownloadFailedException">No further attempt makes sense, or is allowed.</exception>
    public TimeSpan DelayAfter(AttemptFailure failure, int failures)
    {
        var failuresOfAll = Line.Fail(failure);
        // Where TLS went well before, its failure is a wrong byte on the way rather than a wrong certificate.
        var isTemporary = failure.IsTemporary || (failure.Outcome == DownloadOutcome.Tls && Line.WasEverUp);
        if (!isTemporary || Line.IsGivenUp(failuresOfAll))
            throw new DownloadFailedException(failure.Outcome, failure.Message);
        var delay = _policy.DelayAfter(failure, failures, Line.Silence, Random.Shared.NextDouble());
        Options.TellDetail($"{failure.Message}; trying again in {delay.TotalSeconds:0.0} s");
        return delay;
    }
}

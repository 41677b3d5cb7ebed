using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ReliableDownload.Client.Network;

/// <summary>
/// Which of a server's addresses answers: where there are several, connections to them race as in RFC 8305, 250 ms apart, families in
/// turn, and the winner is remembered until it fails. One for a download; thread-safe.
/// </summary>
/// <param name="lookUp">Another way to look up a name than the system's, for tests.</param>
internal sealed class ServerAddress(DownloadOptions options, TimeProvider clock, Func<string, CancellationToken, Task<IPAddress[]>>? lookUp = null)
{
    private static readonly TimeSpan AttemptDelay = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan MinConnectLimit = TimeSpan.FromMilliseconds(600);
    private const int ConnectFactor = 4;

    private readonly ConcurrentDictionary<DnsEndPoint, IPEndPoint> _winners = new();
    private readonly ConcurrentDictionary<DnsEndPoint, IPEndPoint> _earlier = new();
    private readonly ConcurrentDictionary<DnsEndPoint, IPAddress[]> _known = new();
    private readonly ConcurrentDictionary<IPAddress, bool> _avoided = new();
    private long _fastestConnect;
    private Func<TimeSpan, int>? _ahead;

    /// <summary>The address to connect to. What is not remembered is looked up and, where there is a choice, raced for.</summary>
    public async Task<IPEndPoint> FindAsync(DnsEndPoint server, CancellationToken cancellationToken)
    {
        if (_winners.TryGetValue(server, out var winner))
            return winner;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.ConnectLimit);
        try
        {
            var addresses = OfFamily(Interleave(await (lookUp?.Invoke(server.Host, limit.Token) ?? Dns.GetHostAddressesAsync(server.Host, limit.Token))));
            _known[server] = addresses;
            return _earlier[server] = _winners[server] = Wanted(addresses) switch
            {
                [] => throw new SocketException((int)SocketError.HostNotFound),
                [var only] => new IPEndPoint(only, server.Port),
                var several => await RaceAsync(several, server.Port, limit.Token),
            };
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            // On a bad line names are as hard to resolve as anything; the server is probably where it was.
            if (_earlier.TryGetValue(server, out var earlier))
                return earlier;
            if (error is SocketException)
                throw;
            throw new TimeoutException();
        }
    }

    /// <summary>The other addresses of the one that answered first, if each may be a machine of its own: an IPv6 address beside an IPv4 address is most often the same one.</summary>
    public IReadOnlyList<IPAddress> Others(DnsEndPoint server) =>
        _earlier.TryGetValue(server, out var winner) && _known.TryGetValue(server, out var known)
            ? [.. known.Where(address => address.AddressFamily == winner.AddressFamily && !address.Equals(winner.Address))]
            : [];

    /// <summary>The shortest time that a connection took to be made: about a round trip; zero while not known.</summary>
    public TimeSpan RoundTrip => TimeSpan.FromTicks(Interlocked.Read(ref _fastestConnect));

    /// <summary>
    /// How long the making of a connection may take. It is short where that is known to be quick: TCP itself asks again only after 1 s, then
    /// 3 s, and a line that comes back should be found sooner.
    /// </summary>
    public TimeSpan ConnectLimit =>
        RoundTrip == TimeSpan.Zero || ConnectFactor * RoundTrip > options.ConnectLimit ? options.ConnectLimit
        : ConnectFactor * RoundTrip > MinConnectLimit ? ConnectFactor * RoundTrip
        : MinConnectLimit;

    /// <summary>How long it may take with what follows before a request can be sent.</summary>
    public TimeSpan HandshakeLimit => options.ConnectLimit + options.StallLimit;

    /// <summary>Connections that were made ahead.</summary>
    public ReadySockets Ready { get; } = new(clock);

    /// <summary>
    /// As soon as the next connection is made, those that will be needed beside it are made, too: otherwise they would begin a round trip or more later.
    /// </summary>
    /// <param name="number">How many there should be in all, by the time of a round trip; null for no others.</param>
    public void MakeAhead(Func<TimeSpan, int>? number) => Interlocked.Exchange(ref _ahead, number);

    /// <summary>A connection was made in so long a time.</summary>
    public void TakeConnectTime(DnsEndPoint server, IPEndPoint address, TimeSpan time)
    {
        TakeConnectTime(time);
        if (Interlocked.Exchange(ref _ahead, null) is { } number && number(RoundTrip) is > 1 and var all)
            Ready.Make(all - 1, server, address, ConnectLimit);
    }

    internal void TakeConnectTime(TimeSpan time)
    {
        var fastest = Interlocked.Read(ref _fastestConnect);
        if (fastest == 0 || time.Ticks < fastest)
            Interlocked.Exchange(ref _fastestConnect, Math.Max(1, time.Ticks));
    }

    /// <summary>The address did not answer: the next time it is looked up anew, for a server may move.</summary>
    public void Forget(DnsEndPoint server)
    {
        _winners.TryRemove(server, out _);
        Ready.Clear();
    }

    /// <summary>Asks this address no more, as long as the name has others: it was found to have something else.</summary>
    public void Avoid(IPAddress address)
    {
        _avoided[address] = true;
        foreach (var (server, winner) in _winners)
        {
            if (winner.Address.Equals(address))
                Forget(server);
        }
    }

    private IPAddress[] Wanted(IPAddress[] addresses) => addresses.Where(address => !_avoided.ContainsKey(address)).ToArray() is { Length: > 0 } wanted ? wanted : addresses;

    /// <summary>IPv6 first, then the families in turn (RFC 8305, 4).</summary>
    internal static IPAddress[] Interleave(IPAddress[] addresses)
    {
        var six = addresses.Where(address => address.AddressFamily == AddressFamily.InterNetworkV6).ToArray();
        var four = addresses.Where(address => address.AddressFamily == AddressFamily.InterNetwork).ToArray();
        return [.. Enumerable.Range(0, Math.Max(six.Length, four.Length)).SelectMany(i => six.Skip(i).Take(1).Concat(four.Skip(i).Take(1)))];
    }

    /// <exception cref="SocketException">There are addresses, but of the other family only.</exception>
    private IPAddress[] OfFamily(IPAddress[] addresses)
    {
        if (options.AddressFamily is not { } family || addresses.Length == 0)
            return addresses;
        return addresses.Where(address => address.AddressFamily == family).ToArray() is { Length: > 0 } wanted
            ? wanted
            : throw new SocketException((int)SocketError.AddressFamilyNotSupported);
    }

    /// <summary>The address that answers first.</summary>
    internal static async Task<IPEndPoint> RaceAsync(IPAddress[] addresses, int port, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new List<Task<IPEndPoint>>();
        try
        {
            for (var next = 0; ;)
            {
                if (next < addresses.Length)
                    running.Add(ConnectAsync(new IPEndPoint(addresses[next++], port), over.Token));
                // A failure lets the next one start at once; with none left to start, the last one's failure is the race's.
                var first = await Task.WhenAny([.. running, .. next < addresses.Length ? [Task.Delay(AttemptDelay, over.Token)] : Array.Empty<Task>()]);
                if (first is not Task<IPEndPoint> attempt)
                    continue;
                if (attempt.IsCompletedSuccessfully || (running.Count == 1 && next == addresses.Length))
                    return await attempt;
                running.Remove(attempt);
            }
        }
        finally
        {
            await over.CancelAsync();
        }
    }

    // The race is for the address alone: the connections themselves are made as blocking ones.
    private static async Task<IPEndPoint> ConnectAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address, cancellationToken);
        return address;
    }
}

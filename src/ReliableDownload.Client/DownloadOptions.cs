using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace ReliableDownload.Client;

/// <summary>How a <see cref="Downloader"/> downloads. The defaults are those of the command line.</summary>
public sealed record DownloadOptions
{
    /// <summary>Parallel connections, 1 to <see cref="MaxConnections"/>; null for as many as the line is best with, up to <see cref="MaxAutomaticConnections"/>.</summary>
    public int? Connections { get; init; }

    /// <summary>The most connections that one download opens unless it is told a number.</summary>
    public const int MaxAutomaticConnections = 16;

    /// <summary>The most connections that one download may open.</summary>
    public const int MaxConnections = 64;

    /// <summary>Failed attempts without one byte of progress between them, after which the download may be given up.</summary>
    public int MaxAttempts { get; init; } = 30;

    /// <summary>
    /// How long nothing may come before it is given up, once something came: attempts and time have to be used up both. Zero is for ever.
    /// </summary>
    public TimeSpan MaxOutage { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Where unfinished downloads are kept, one folder per file.</summary>
    public string TemporaryDirectory { get; init; } = DefaultTemporaryDirectory;

    /// <summary>The <see cref="TemporaryDirectory"/> of someone who names none; it goes away with the last folder in it.</summary>
    public const string DefaultTemporaryDirectory = ".blocks";

    /// <summary>Whether an existing target with other content is replaced.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Whether the block data stays when the file is finished, so that the same download makes it again without the network.</summary>
    public bool KeepBlocks { get; init; }

    /// <summary>
    /// Where the temporary directory is on another file system than the target: whether each block is freed as soon as it is safe in
    /// the target's, so that the file never takes its size twice. Not together with <see cref="KeepBlocks"/>.
    /// </summary>
    public bool RollingCombine { get; init; }

    /// <summary>
    /// How long a connection may be silent, at the most, before its work is given to a fresh one; one that was never silent for long is
    /// given up sooner, but not before 3 s.
    /// </summary>
    public TimeSpan StallLimit { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long the making of a connection may take, and the look-up of its name.</summary>
    public TimeSpan ConnectLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The delay before the first repetition; it doubles with each further one (client-side backoff with full jitter).</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest delay between two attempts that the server did not ask for.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The digest that the whole file has to have; it proves a file from any server, and holds beside the digests of an rd-api. Null where it is not known.</summary>
    public Checksum? Checksum { get; init; }

    /// <summary>
    /// Other places of the same file, http or https. Connections go where they get most. Where there are digests of blocks, none has to be trusted; else all must
    /// have the same size.
    /// </summary>
    public IReadOnlyList<Uri> Mirrors { get; init; } = [];

    /// <summary>What a Metalink says of the file: its size, what proves it, and further <see cref="Mirrors"/>. Null where there is none.</summary>
    public MetalinkFile? Description { get; init; }

    /// <summary>
    /// A Metalink, or a list of digests as sha256sum writes it, that proves the file: an http, https or file URL. If it says nothing of the file, nothing is fetched.
    /// </summary>
    public Uri? Proof { get; init; }

    /// <summary>
    /// Whether the digest of a file for which nothing better is known is looked for: in the answers of its server and in the files beside it
    /// (<c>.sha256</c>, <c>SHA256SUMS</c>, <c>SHA512SUMS</c>, <c>sha256sum.txt</c>), with at most five small requests.
    /// </summary>
    public bool Discover { get; init; } = true;

    /// <summary>Whether nothing is fetched that neither digests of the server nor <see cref="Checksum"/> will prove.</summary>
    public bool RequireProof { get; init; }

    /// <summary>Whether the file gets the time of its last modification on the server.</summary>
    public bool KeepServerTime { get; init; } = true;

    /// <summary>
    /// The URL that the user named, where it is another one than the downloaded URL, which a Metalink named: <see cref="Headers"/>, <see cref="Credentials"/>,
    /// <see cref="Netrc"/> and <see cref="ClientCertificate"/> are for its origin then. One of a file is for no server. Null for the downloaded URL.
    /// </summary>
    public Uri? Origin { get; init; }

    /// <summary>Headers of the user's. They go to the origin (scheme, host, port) of the downloaded URL only, never to where it redirects.</summary>
    public IReadOnlyList<RequestHeader> Headers { get; init; } = [];

    /// <summary>What lets the user in, at the origin of the downloaded URL only; a user name and password in the URL go before it. Null for nothing.</summary>
    public ServerCredentials? Credentials { get; init; }

    /// <summary>Where user name and password of the URL's host are looked up if neither the URL nor <see cref="Credentials"/> has them.</summary>
    public Netrc? Netrc { get; init; }

    /// <summary>The authorities whose certificates are trusted, instead of those of the system; null for the latter.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>The user's certificate with its key, shown at the origin of the downloaded URL only.</summary>
    public SslStreamCertificateContext? ClientCertificate { get; init; }

    /// <summary>Whether any certificate of a server is accepted. Then anybody on the way can read and change everything.</summary>
    public bool AcceptAnyCertificate { get; init; }

    /// <summary>Which proxy is used, such as <see cref="ProxySettings"/>; null for <see cref="ProxySettings.OfEnvironment"/> or, without any there, the settings of Windows or macOS.</summary>
    public IWebProxy? Proxy { get; init; }

    /// <summary>The only family of addresses, IPv4 or IPv6, that is connected to; null for both.</summary>
    public AddressFamily? AddressFamily { get; init; }

    /// <summary>How long the download, or what else is asked for, may take in all; then it ends with <see cref="DownloadOutcome.Network"/>, and what was fetched is kept. At most 24 days; null for no limit.</summary>
    public TimeSpan? MaxTime { get; init; }

    /// <summary>How fast the file may come, over all connections; downloads may share one. Null for no limit.</summary>
    public RateLimit? RateLimit { get; init; }

    /// <summary>Whether the server has sent something before this download, as with a file of a folder: then it is away, and its address is not wrong.</summary>
    internal bool IsServerKnown { get; init; }

    /// <summary>A file that may have the same content, or some of it; null for none.</summary>
    internal string? Resembling { get; init; }

    /// <summary>Whether <see cref="Proof"/> holds for each of several files, as with those of a folder: then it proves only those that it names.</summary>
    internal bool IsProofOfSeveral { get; init; }

    /// <summary>Told of what happens (a resumed download, a retry, a wrong block), one line each; for a log.</summary>
    public Action<DownloadEvent>? OnEvent { get; init; }

    /// <exception cref="ArgumentException">An option is out of its range, or two contradict each other.</exception>
    internal void Validate()
    {
        if (Connections is < 1 or > MaxConnections)
            throw new ArgumentOutOfRangeException(nameof(Connections), Connections, $"1 to {MaxConnections}");
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxAttempts, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(StallLimit, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ConnectLimit, TimeSpan.Zero);
        // Timers take no more than 24 days.
        ArgumentOutOfRangeException.ThrowIfGreaterThan(StallLimit, TimeSpan.FromDays(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ConnectLimit, TimeSpan.FromDays(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxDelay, TimeSpan.FromDays(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(FirstDelay, TimeSpan.Zero);
        if (MaxTime is { } time && (time <= TimeSpan.Zero || time > TimeSpan.FromDays(24)))
            throw new ArgumentOutOfRangeException(nameof(MaxTime), time, "more than 0, at most 24 days");
        if (AddressFamily is not (null or System.Net.Sockets.AddressFamily.InterNetwork or System.Net.Sockets.AddressFamily.InterNetworkV6))
            throw new ArgumentOutOfRangeException(nameof(AddressFamily), AddressFamily, "IPv4 or IPv6");
        if (Mirrors.Any(mirror => !mirror.IsAbsoluteUri || mirror.Scheme is not ("http" or "https")))
            throw new ArgumentException($"{nameof(Mirrors)} have to be absolute http or https URLs");
        if (KeepBlocks && RollingCombine)
            throw new ArgumentException($"{nameof(KeepBlocks)} and {nameof(RollingCombine)} contradict each other");
    }

    internal void Tell(string message) => OnEvent?.Invoke(new DownloadEvent(message, IsDetail: false));

    internal void TellDetail(string message) => OnEvent?.Invoke(new DownloadEvent(message, IsDetail: true));
}

/// <summary>Something that a person may want to read in a log.</summary>
/// <param name="IsDetail">Whether it is of interest only to someone who looks for a fault.</param>
public readonly record struct DownloadEvent(string Message, bool IsDetail);

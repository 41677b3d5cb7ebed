using ReliableDownload.Api.Kernel;

namespace ReliableDownload.Api;

/// <summary>
/// Everything that clients can make grow or last longer is bounded by one of these limits. Immutable.
/// </summary>
internal sealed record Limits
{
    /// <summary>
    /// Bytes held by a response whose file is copied through memory: the cost of a client that reads nothing, per HTTP/2 stream.
    /// </summary>
    public const int CopyBuffer = 64 << 10;

    /// <summary>
    /// The maximum number of requests at a time on one HTTP/2 connection; each beside the first takes as much room as another connection. Browsers wait with
    /// what is more.
    /// </summary>
    public const int StreamsOfConnection = 32;

    /// <summary>The maximum number of unfinished hashing jobs.</summary>
    public const int HashJobs = 1024;

    /// <summary>The maximum number of those for one client; beyond it, the client's own jobs make room.</summary>
    public const int HashJobsOfClient = HashJobs / 4;

    /// <summary>The maximum number of those that hash a whole file: what they have done is lost with them, as it is not stored.</summary>
    public const int WholeFileJobs = 64;

    /// <summary>The maximum number of those for one client.</summary>
    public const int WholeFileJobsOfClient = WholeFileJobs / 4;

    /// <summary>Names that clients used for one file that is being hashed; the newest are enough to find it.</summary>
    public const int PathsOfJob = 4;

    /// <summary>Contents of which it is remembered that they could not be hashed, or were hashed again.</summary>
    public const int RecentContents = 1024;

    /// <summary>How many files a client may have hashed again because it distrusts their digests, at a time or within a minute of it.</summary>
    public const int RenewalsOfClient = 4;

    /// <summary>Parts of files that hashing left in the page cache; each takes some 200 bytes here.</summary>
    public const int FetchedRegions = 16_384;

    /// <summary>Files of the cache whose use is still to be recorded; that of further ones is recorded at their next use.</summary>
    public const int UsedFiles = 10_000;

    /// <summary>How many files one request for a folder's digests may be waiting for at once.</summary>
    public const int AwaitedFiles = 8;

    /// <summary>The files below a folder in its Metalink; for more, clients have to ask for the folders in it.</summary>
    public const int MetalinkFiles = 10_000;

    /// <summary>The depth of folders in it.</summary>
    public const int MetalinkDepth = 64;

    /// <summary>Bytes of a range whose Content-Digest is computed before it is sent: some 10 ms.</summary>
    public const int ContentDigestBytes = 16 << 20;

    /// <summary>How many lookups of whole files' digests may be waiting.</summary>
    public const int Recalls = 1024;

    /// <summary>How many threads may be blocked by a file system that hangs before others have to wait for it, too: each takes some 50 KiB.</summary>
    public const int BlockedThreads = 1024;

    /// <summary>How many clients' requests are counted at a time, where they are limited: some MiB.</summary>
    public const int CountedClients = 1 << 16;

    /// <summary>How many wrong passwords of a client are looked at in a minute.</summary>
    public const int FailedLogins = 10;

    /// <summary>When so many clients fail within a minute, the count begins anew for all: their passwords are still bounded by the processors.</summary>
    public const int FailedLoginClients = 10_000;

    /// <summary>Right passwords that are remembered, of each of two generations: some hundred KiB.</summary>
    public const int VerifiedPasswords = 1024;

    /// <summary>Characters of a user's name in the log, which anybody can invent.</summary>
    public const int LoggedName = 64;

    /// <summary>How many folders above a path are tried for a signed link: each costs a signature.</summary>
    public const int SignedFolders = 64;

    /// <summary>Ranges of one request; for more the answer is the whole file. Apache's default (MaxRanges); zsync asks for about 20.</summary>
    public const int Ranges = 200;

    /// <summary>Paths at which a file was found, and that are found quicker the next time; newer ones replace older ones.</summary>
    public const int ServedPaths = 4096;

    /// <summary>Proxies that a request may have come through; of a longer chain only the nearest are believed.</summary>
    public const int ChainedProxies = 32;

    /// <summary>Bytes of what a trusted proxy says before a connection: version 2, with all that proxies tell of TLS.</summary>
    public const int ProxyPreambleBytes = 4096;

    /// <summary>Characters of a filter of names or a search; no name is longer.</summary>
    public const int Filter = 255;

    /// <summary>Lines of the access log that wait for the disk: some MiB, as Kestrel bounds their longest parts.</summary>
    public const int AccessLogLines = 10_000;

    /// <summary>Warnings and errors that the status page shows.</summary>
    public const int Problems = 50;

    /// <summary>Characters of each; a message may hold a path of 4 KiB.</summary>
    public const int ProblemLength = 1000;

    /// <summary>Connections to metrics and status page.</summary>
    public const int OperatorConnections = 16;

    /// <summary>Bytes of complete digest tables in memory: the SHA-256 digests of 4 TiB in blocks of 2 MiB.</summary>
    public const long DigestMemory = 64 << 20;

    /// <summary>Bytes of digests that wait for an unavailable store.</summary>
    public const long UnstoredDigests = 64 << 20;

    /// <summary>The most names of a folder that are sorted by size or time; each takes 24 bytes meanwhile.</summary>
    public const int SortedNames = 1_000_000;

    /// <summary>How many listings are sorted or filtered at a time; others wait.</summary>
    public const int SortedListings = 2;

    /// <summary>The most names that a search shows.</summary>
    public const int SearchHits = 1000;

    /// <summary>The most names that a search looks at: some seconds.</summary>
    public const int SearchedNames = 1_000_000;

    /// <summary>How many searches run at a time; others get 503.</summary>
    public const int Searches = 8;

    /// <summary>How many of them for one client.</summary>
    public const int SearchesOfClient = 2;

    /// <summary>Small files whose digests are in memory, 72 bytes each: 18 MiB.</summary>
    public const int FileDigests = 1 << 18;

    /// <summary>Small files whose digests wait for the store, some 300 bytes each; those of more are calculated again.</summary>
    public const int UnstoredFiles = 1 << 17;

    /// <summary>Bytes of a README that is shown; a larger one is only listed.</summary>
    public const int ReadmeSize = 128 << 10;

    /// <summary>How many trees are read at a time; each takes a thread and a descriptor, besides what the connection has.</summary>
    public const int Trees = 64;

    /// <summary>How many of them for one client.</summary>
    public const int TreesOfClient = Trees / 4;

    /// <summary>How many folders inside each other a tree has; deeper ones are told as left out.</summary>
    public const int TreeDepth = 256;

    /// <summary>Bytes of names in the folders of all trees that are being read: a folder with 1,000,000 names takes some 30 MB.</summary>
    public const long TreeNames = 64 << 20;

    /// <summary>How many answers with many files are being sent at a time; each takes up to 2.5 MiB.</summary>
    public const int Batches = 64;

    /// <summary>How many of them to one client.</summary>
    public const int BatchesOfClient = Batches / 2;

    /// <summary>How many files a client may ask for in one request.</summary>
    public const int BatchFiles = 8192;

    /// <summary>Bytes of a request for many files: their names.</summary>
    public const int BatchRequest = 1 << 20;

    /// <summary>Bytes of one that is too large and still let come, so that the client can read why it is refused; they are not kept.</summary>
    public const int RefusedRequest = 8 << 20;

    /// <summary>Bytes of files in one answer; for the others the client asks again.</summary>
    public const long BatchBytes = 64 << 20;

    /// <summary>Bytes of a file that is sent among others: it is read into memory before.</summary>
    public const int BatchedFile = 2 << 20;

    /// <summary>The most files and folders in a folder's tar.</summary>
    public const int TarEntries = 100_000;

    /// <summary>The most files and folders in all tars that are being sent: each takes 48 bytes meanwhile.</summary>
    public const int TarEntriesInAll = 1_000_000;

    /// <summary>How many folders are read at the same time for their tar; others wait.</summary>
    public const int TarPlans = 2;

    /// <summary>How often a client that distrusts the digests of a file may have them calculated again; less often if that takes longer than a tenth of it.</summary>
    public static readonly TimeSpan Renewal = TimeSpan.FromMinutes(1);

    /// <summary>How long a search may take, also if its client reads slowly.</summary>
    public static readonly TimeSpan SearchTime = TimeSpan.FromMinutes(1);

    // Descriptors for everything but clients: the runtime, the cache, hashing and listings.
    private const int ReservedDescriptors = 128;

    // A connection and the file that it downloads.
    private const int DescriptorsPerConnection = 2;

    // Measured: an idle connection takes 6 KiB, and 11 KiB if it has asked for something (bench/strangers/idle.sh).
    private const int BytesPerConnection = 8 << 10;

    // Measured: an idle one with TLS takes 90 KiB, and 350 KiB if its client asked for a file and takes nothing; so at the worst all take half of memory.
    private const int BytesPerTlsConnection = 256 << 10;

    private const int MinConnections = 16;

    /// <summary>
    /// How many connections may be open; others wait in the kernel. The default leaves a descriptor per connection for its file, and
    /// limits idle connections to a third of memory.
    /// </summary>
    public int Connections { get; init; } = (int)Math.Clamp(
        Math.Min((DescriptorLimit.Value - ReservedDescriptors) / DescriptorsPerConnection, InMemory(BytesPerConnection)),
        MinConnections,
        int.MaxValue);

    /// <summary>How many may be open with TLS, where files are copied through memory.</summary>
    public static int ConnectionsWithTls => (int)Math.Clamp(InMemory(BytesPerTlsConnection), MinConnections, int.MaxValue);

    /// <summary>How many of them one client may have; null for no limit of its own.</summary>
    public int? ConnectionsOfClient { get; init; }

    /// <summary>Bytes per second that are sent to all clients together; null for no limit.</summary>
    public long? SendRate { get; init; }

    /// <summary>Bytes per second that are sent to one client; null for no limit.</summary>
    public long? SendRateOfClient { get; init; }

    /// <summary>How many requests per second one client may make, on average; null for no limit.</summary>
    public int? RequestsOfClient { get; init; }

    /// <summary>Bytes of names in folders that are being listed; while there are more, no other folder is read.</summary>
    public long Listings { get; init; } = Math.Min(64 << 20, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8);

    /// <summary>How long a client may accept nothing of a response before it is disconnected; it must survive an outage of minutes.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a trusted proxy may take to say for whom it has connected.</summary>
    public TimeSpan ProxyPreamble { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the body of a request may take.</summary>
    public TimeSpan RequestBody { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an answer may wait for digests, whatever the client prefers.</summary>
    public TimeSpan Wait { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long responses may take to finish after a stop signal.</summary>
    public TimeSpan Stop { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many lines of the log may wait to be written; more are dropped, and the log says how many.</summary>
    public int LogLines { get; init; } = 1000;

    private static long InMemory(int bytesEach) => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 3 / bytesEach;
}

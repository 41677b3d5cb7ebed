namespace ReliableDownload.Protocol;

/// <summary>The fixed words of the wire, and the bounds of what one side takes from the other.</summary>
public static class Wire
{
    /// <summary>Where the metadata lives: <c>/rd/&lt;path&gt;</c> describes the file <c>/&lt;path&gt;</c>.</summary>
    public const string MetadataPrefix = "/rd/";

    /// <summary>The media type that asks for, and labels, the stream form.</summary>
    public const string StreamMediaType = "application/x-ndjson";

    /// <summary>The media type of the classic form.</summary>
    public const string ClassicMediaType = "application/json";

    /// <summary>The query parameter that chooses the <see cref="DigestAlgorithm"/> of a stream.</summary>
    public const string DigestParameter = "digest";

    /// <summary>The query parameter that names the first block a stream shall tell of.</summary>
    public const string FromParameter = "from";

    /// <summary>The query parameter that names the version the client is in the middle of.</summary>
    public const string VersionParameter = "version";

    /// <summary>How many digests a server puts into one line at the most: about 34 KB of text.</summary>
    public const int MaxDigestsPerLine = 512;

    /// <summary>The longest line of a stream that a client takes, and the longest single value of a classic document, in bytes.</summary>
    public const int MaxLineBytes = 256 << 10;

    /// <summary>How long a server with nothing new to tell keeps silent at the most, so that more silence means a dead connection.</summary>
    public static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(2);
}

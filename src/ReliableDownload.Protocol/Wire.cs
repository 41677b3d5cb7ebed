namespace ReliableDownload.Protocol;

/// <summary>The constants of the protocol, and the limits on what one side accepts from the other.</summary>
public static class Wire
{
    /// <summary>The prefix of metadata paths: <c>/rd/&lt;path&gt;</c> describes the file <c>/&lt;path&gt;</c>.</summary>
    public const string MetadataPrefix = "/rd/";

    /// <summary>The media type that asks for, and labels, the stream form.</summary>
    public const string StreamMediaType = "application/x-ndjson";

    /// <summary>The media type of the classic form.</summary>
    public const string ClassicMediaType = "application/json";

    /// <summary>The query parameter that chooses the <see cref="DigestAlgorithm"/> of a stream.</summary>
    public const string DigestParameter = "digest";

    /// <summary>The query parameter for the first block of a stream.</summary>
    public const string FromParameter = "from";

    /// <summary>The query parameter for the version that the client is already downloading.</summary>
    public const string VersionParameter = "version";

    /// <summary>The maximum number of digests in one line: about 34 KB of text.</summary>
    public const int MaxDigestsPerLine = 512;

    /// <summary>The longest line of a stream, and the longest single value of a classic document, that a client accepts, in bytes.</summary>
    public const int MaxLineBytes = 256 << 10;

    /// <summary>The maximum silence of a server that has nothing new to send, so that longer silence means a dead connection.</summary>
    public static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(2);
}

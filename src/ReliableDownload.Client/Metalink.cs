using ReliableDownload.Client.Proof.Metalinks;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client;

/// <summary>What a Metalink document (version 4, RFC 5854, or version 3) says: one or more files, where they are, and what proves them.</summary>
public sealed record Metalink
{
    /// <summary>The files, in the document's order; at least one.</summary>
    public required IReadOnlyList<MetalinkFile> Files { get; init; }

    /// <summary>Reads a document. It may come from a stranger: entities and document types are refused, and so is whatever has no end.</summary>
    /// <exception cref="ProtocolException">It is none, or larger than 128 MiB.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static Task<Metalink> ReadAsync(Stream document, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(document);
        return MetalinkReader.ReadAsync(document, cancellationToken);
    }
}

/// <summary>One file of a <see cref="Metalink"/>.</summary>
public sealed record MetalinkFile
{
    /// <summary>The name as the document has it, perhaps with folders before it, separated by slashes. It may be anything: check it before it becomes a path.</summary>
    public required string Name { get; init; }

    /// <summary>The file's size in bytes; null where the document does not say.</summary>
    public long? Size { get; init; }

    /// <summary>The best known of the digests of the whole file; null where there is none.</summary>
    public Checksum? Checksum { get; init; }

    /// <summary>Where the file is by http or https, the preferred place first; perhaps nowhere.</summary>
    public IReadOnlyList<Uri> Urls { get; init; } = [];

    /// <summary>Whether the document has the digests of the file's parts, so that no mirror has to be trusted.</summary>
    public bool HasPieces => Pieces is not null;

    internal PieceDigests? Pieces { get; init; }
}

/// <summary>What became of fetching a <see cref="Metalink"/>.</summary>
public sealed record MetalinkResult
{
    /// <summary><see cref="DownloadOutcome.Complete"/>, or why it failed.</summary>
    public required DownloadOutcome Outcome { get; init; }

    /// <summary>A sentence for a person; empty when it went well.</summary>
    public string Message { get; init; } = "";

    /// <summary>The Metalink; null where it failed.</summary>
    public Metalink? Metalink { get; init; }
}

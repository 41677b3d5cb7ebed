using System.Net;

namespace ReliableDownload.Api.Monitoring;

/// <summary>What is known of a request after its response.</summary>
internal readonly record struct RequestRecord
{
    public required IPAddress? Client { get; init; }

    /// <summary>The name of who was let in; null for a stranger.</summary>
    public required string? User { get; init; }

    public required string Method { get; init; }

    /// <summary>The request target, without a link's signature. Untrusted, like all headers.</summary>
    public required string Target { get; init; }

    /// <summary>Such as <c>HTTP/1.1</c>.</summary>
    public required string Protocol { get; init; }

    public required int Status { get; init; }

    /// <summary>How many bytes of the body were handed to the kernel; null if that is not known, as for a response over TLS that was cut.</summary>
    public required long? Bytes { get; init; }

    public required DateTimeOffset Started { get; init; }

    public required TimeSpan Duration { get; init; }

    /// <summary>Until the first byte of the response; null if there was none.</summary>
    public required TimeSpan? ToFirstByte { get; init; }

    public required string? Range { get; init; }

    public required string? Referer { get; init; }

    public required string? UserAgent { get; init; }
}

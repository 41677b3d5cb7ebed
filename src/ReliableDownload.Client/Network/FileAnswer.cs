using System.Net;
using ReliableDownload.Client.Proof;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Network;

/// <summary>What the file's own server says of it: the head of its answer to a request for the file's beginning.</summary>
/// <param name="Url">Where the answer came from, after redirects.</param>
/// <param name="Validator">What names the version, and the size where it is told.</param>
/// <param name="TakesRanges">Whether the server sends parts of the file.</param>
/// <param name="Failure">Why there is no file; null where there is one.</param>
internal sealed record FileAnswer(Uri Url, Validator Validator, bool TakesRanges, AttemptFailure? Failure)
{
    // Names after which a page is what was asked for.
    private static readonly string[] PageExtensions = [".html", ".htm", ".xhtml", ".shtml", ".php", ".asp", ".aspx", ".jsp", ".cgi", ".pl", ".do"];

    // Versions 4 and 3.
    private static readonly string[] MetalinkTypes = ["application/metalink4+xml", "application/metalink+xml"];

    private static readonly Validator Nothing = new(null, null, null);

    /// <summary>Where the server says that the file's digests are; null where it does not.</summary>
    public Uri? Digests { get; private init; }

    /// <summary>Where the server says that a Metalink of the file is; null where it does not.</summary>
    public Uri? Metalink { get; private init; }

    /// <summary>Whether what came is itself a Metalink, and not the file.</summary>
    public bool IsMetalink { get; private init; }

    /// <summary>Where else the server says that the same file is (RFC 6249).</summary>
    public IReadOnlyList<Uri> Duplicates { get; private init; } = [];

    /// <summary>What the server says that the digest of the whole file is; null where it does not.</summary>
    public WholeDigest? Whole { get; private init; }

    /// <summary>The name that the server suggests, safe to create; null where it suggests none that is.</summary>
    public string? SuggestedName { get; private init; }

    public static FileAnswer Failed(Uri url, AttemptFailure failure) => new(url, Nothing, TakesRanges: false, failure);

    /// <summary>Reads the head of an answer to a request for bytes from 0 on.</summary>
    /// <param name="given">The URL that the user gave.</param>
    public static FileAnswer Of(HttpResponseMessage answer, Uri given, DateTimeOffset now)
    {
        var url = answer.RequestMessage?.RequestUri ?? given;
        var validator = Validator.Of(answer);
        switch (answer.StatusCode)
        {
            case HttpStatusCode.PartialContent when answer.Content.Headers.ContentRange is { From: 0 }:
                // Parts of a file without a size are of no use.
                return Told(validator.Size is not null);
            case HttpStatusCode.PartialContent:
                return Failed(url, new AttemptFailure(DownloadOutcome.Protocol, true, $"the server sent another range ({answer.Content.Headers.ContentRange}) than the asked one, from byte 0"));
            case HttpStatusCode.OK:
                return Told(validator.Size == 0);
            case HttpStatusCode.RequestedRangeNotSatisfiable:
                return Told(validator.Size == 0);
            default:
                return Failed(url, AttemptFailure.Of(answer, now));
        }

        FileAnswer Told(bool takesRanges) =>
            new(url, validator, takesRanges, RefusalOf(answer, given))
            {
                Digests = LinkOf(answer, url, Wire.StreamMediaType),
                Metalink = IsMetalinkType(answer) ? url : MetalinkTypes.Select(type => LinkOf(answer, url, type)).FirstOrDefault(link => link is not null),
                IsMetalink = IsMetalinkType(answer),
                Duplicates = [.. LinksOf(answer, url, "duplicate", mediaType: null).Take(Mirrors.Max)],
                Whole = HeaderDigests.Of(answer),
                // A Metalink's is that of the Metalink.
                SuggestedName = IsMetalinkType(answer) ? null : Network.SuggestedName.Of(answer),
            };
    }

    /// <summary>Why the body of an answer cannot be the file, or part of it, whatever else its head says; null where it can.</summary>
    /// <param name="given">The URL that the user gave.</param>
    public static AttemptFailure? RefusalOf(HttpResponseMessage answer, Uri given)
    {
        if (!answer.IsSuccessStatusCode)
            return null;
        if (answer.Content.Headers.ContentEncoding.FirstOrDefault(coding => !coding.Equals("identity", StringComparison.OrdinalIgnoreCase)) is { } coding)
            return new AttemptFailure(DownloadOutcome.Protocol, true, $"the bytes came encoded as {coding}, which was not asked for; is there a proxy that compresses?");
        // A page for people comes whole and with 200, whatever was asked for.
        return answer.StatusCode == HttpStatusCode.OK && answer.Content.Headers.ContentType?.MediaType is ("text/html" or "application/xhtml+xml") and var type
            && Path.GetExtension(given.AbsolutePath) is { Length: > 1 } extension && !PageExtensions.Contains(extension, StringComparer.OrdinalIgnoreCase)
            ? new AttemptFailure(DownloadOutcome.Protocol, true, $"the server, or a proxy, answered with a page of {type} instead of the file; does it want a login?")
            : null;
    }

    private static bool IsMetalinkType(HttpResponseMessage answer) =>
        MetalinkTypes.Contains(answer.Content.Headers.ContentType?.MediaType, StringComparer.OrdinalIgnoreCase);

    private static Uri? LinkOf(HttpResponseMessage answer, Uri url, string mediaType) => LinksOf(answer, url, "describedby", mediaType).FirstOrDefault();

    // Who asked by https is not led to where anybody on the way could change what comes.
    private static IEnumerable<Uri> LinksOf(HttpResponseMessage answer, Uri url, string relation, string? mediaType) =>
        (answer.Headers.TryGetValues("Link", out var links) ? LinkHeader.FindAll(links, relation, mediaType) : [])
        .Select(target => Uri.TryCreate(url, target, out var link) ? link : null)
        .OfType<Uri>()
        .Where(link => link.Scheme == url.Scheme || link.Scheme == Uri.UriSchemeHttps);
}

using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Metadata;

/// <summary>The parameters of a request for metadata, besides the path (docs/protocol.md).</summary>
/// <param name="IsStream">The stream form, not the classic one, which takes no parameters.</param>
/// <param name="From">The first block that the client wants.</param>
/// <param name="Version">The version that the client is already downloading, if any.</param>
/// <param name="IsDistrustful">Whether the client wants no cached digests (RFC 9111, 5.2.1.4), including those of this server.</param>
internal sealed record MetadataQuery(bool IsStream, DigestAlgorithm Algorithm, int From, FileVersion? Version, bool IsDistrustful)
{

    /// <returns>Null if a parameter is invalid; <paramref name="problem"/> says which, in a sentence for the user.</returns>
    public static MetadataQuery? Read(HttpRequest request, out string problem)
    {
        problem = "";
        if (!AsksForStream(request))
            return new MetadataQuery(IsStream: false, DigestAlgorithm.Sha1, 0, null, DigestRequest.IsDistrustfulOf(request));

        var query = request.Query;
        var algorithm = DigestAlgorithm.Sha256;
        if (query.TryGetValue(Wire.DigestParameter, out var digest) && !DigestAlgorithms.TryParse(digest, out algorithm))
            problem = $"The parameter '{Wire.DigestParameter}' must be sha-256 or sha-1.";
        var from = 0;
        if (query.TryGetValue(Wire.FromParameter, out var first)
            && !int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out from))
            problem = $"The parameter '{Wire.FromParameter}' must be the number of a block.";
        FileVersion? version = query.TryGetValue(Wire.VersionParameter, out var text) ? new FileVersion(text.ToString()) : null;
        return problem.Length > 0 ? null : new MetadataQuery(IsStream: true, algorithm, from, version, DigestRequest.IsDistrustfulOf(request));
    }

    /// <summary>Whether a request asks for the stream form.</summary>
    public static bool AsksForStream(HttpRequest request) =>
        MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted)
        && accepted.Any(type => type.MediaType.Equals(Wire.StreamMediaType, StringComparison.OrdinalIgnoreCase) && type.Quality != 0);
}

using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Metadata;

/// <summary>What a request for metadata asks for beside the path (protocol.md 2 and 3).</summary>
/// <param name="IsStream">The stream form, not the classic one, which takes no parameters.</param>
/// <param name="From">The first block that the client wants to be told of.</param>
/// <param name="Version">The version that the client is in the middle of, if it is.</param>
internal sealed record MetadataQuery(bool IsStream, DigestAlgorithm Algorithm, int From, FileVersion? Version)
{
    private static readonly MetadataQuery Classic = new(IsStream: false, DigestAlgorithm.Sha1, 0, null);

    /// <returns>Null where a parameter is none; <paramref name="problem"/> says which, in a sentence for a person.</returns>
    public static MetadataQuery? Read(HttpRequest request, out string problem)
    {
        problem = "";
        if (!AsksForStream(request))
            return Classic;

        var query = request.Query;
        var algorithm = DigestAlgorithm.Sha256;
        if (query.TryGetValue(Wire.DigestParameter, out var digest) && !DigestAlgorithms.TryParse(digest, out algorithm))
            problem = $"The parameter '{Wire.DigestParameter}' is sha-256 or sha-1.";
        var from = 0;
        if (query.TryGetValue(Wire.FromParameter, out var first)
            && !int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out from))
            problem = $"The parameter '{Wire.FromParameter}' is the number of a block.";
        FileVersion? version = query.TryGetValue(Wire.VersionParameter, out var text) ? new FileVersion(text.ToString()) : null;
        return problem.Length > 0 ? null : new MetadataQuery(IsStream: true, algorithm, from, version);
    }

    private static bool AsksForStream(HttpRequest request) =>
        MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted)
        && accepted.Any(type => type.MediaType.Equals(Wire.StreamMediaType, StringComparison.OrdinalIgnoreCase) && type.Quality != 0);
}

using ReliableDownload.Client.Network;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Metadata;

/// <summary>Where an rd-api may tell the digests of a file.</summary>
/// <param name="Url">Without the parameters of the protocol.</param>
/// <param name="MaxRefusals">
/// How often the server may refuse, or answer with something else, before it is taken for no rd-api: a guess is given up sooner than what the
/// file's own server named.
/// </param>
internal sealed record MetadataPlace(Uri Url, int MaxRefusals)
{
    // Each costs a request, and few proxies add more.
    private const int MaxPrefixSegments = 3;

    // A server that is overloaded for a moment is no other server.
    private const int MaxRefusalsAtRoot = 4;

    private static readonly string[] Parameters = [Wire.DigestParameter, Wire.FromParameter, Wire.VersionParameter];

    /// <summary>Whether the file's own server named it.</summary>
    public bool IsTold => MaxRefusals == int.MaxValue;

    /// <summary>Whether it is the guess that fits each rd-api without a proxy before it.</summary>
    public bool IsAtRoot => MaxRefusals == MaxRefusalsAtRoot;

    /// <summary>Where an rd-api has them that serves the whole host.</summary>
    public static MetadataPlace AtRoot(Uri file) => new(Below(file, 0), MaxRefusalsAtRoot);

    /// <summary>Where an rd-api 1.x has them behind a proxy that adds a prefix; it does not name the place.</summary>
    /// <param name="file">Where the file is, after redirects.</param>
    /// <param name="given">The URL that the user gave, whose host's root was asked already.</param>
    public static IEnumerable<MetadataPlace> Guesses(Uri file, Uri given)
    {
        if (file != given)
            yield return new MetadataPlace(Below(file, 0), 1);
        var slash = file.AbsolutePath.IndexOf('/', 1);
        for (var segments = 1; slash > 0 && segments <= MaxPrefixSegments; segments++, slash = file.AbsolutePath.IndexOf('/', slash + 1))
            yield return new MetadataPlace(Below(file, slash), 1);
    }

    /// <summary>What the file's own server named.</summary>
    /// <param name="file">Where the file is. Its query goes along on the same origin, as it may hold what lets the user in.</param>
    public static MetadataPlace Told(Uri url, Uri file) => new(
        url.Query.Length == 0 && RedirectTrail.IsSameOrigin(url, file) ? new UriBuilder(url) { Query = file.Query }.Uri : url, int.MaxValue);

    /// <param name="from">The first block to be told of.</param>
    /// <param name="version">The version that the client is in the middle of, if it is.</param>
    public Uri Request(int from, FileVersion? version)
    {
        var kept = Url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Where(parameter => !Parameters.Contains(parameter.Split('=')[0]));
        var query = string.Join('&', [.. kept, $"{Wire.DigestParameter}={DigestAlgorithm.Sha256.WireName}"]);
        if (version is { } known)
            query += $"&{Wire.FromParameter}={from}&{Wire.VersionParameter}={Uri.EscapeDataString(known.Text)}";
        return new UriBuilder(Url) { Query = query, Fragment = "" }.Uri;
    }

    // A prefix is so many characters of the path.
    private static Uri Below(Uri file, int prefix) =>
        new UriBuilder(file) { Path = $"{file.AbsolutePath[..prefix]}{Wire.MetadataPrefix}{file.AbsolutePath[(prefix + 1)..]}", Fragment = "" }.Uri;
}

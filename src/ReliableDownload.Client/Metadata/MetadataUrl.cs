using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Metadata;

/// <summary>Where a file's metadata is: <c>/rd/&lt;path&gt;</c> on the same server, without the file's own query.</summary>
internal static class MetadataUrl
{
    /// <param name="from">The first block to be told of.</param>
    /// <param name="version">The version that the client is in the middle of, if it is.</param>
    public static Uri Of(Uri file, int from, FileVersion? version)
    {
        var query = $"{Wire.DigestParameter}={DigestAlgorithm.Sha256.WireName}";
        if (version is { } known)
            query += $"&{Wire.FromParameter}={from}&{Wire.VersionParameter}={Uri.EscapeDataString(known.Text)}";
        return new UriBuilder(file) { Path = Wire.MetadataPrefix + file.AbsolutePath[1..], Query = query, Fragment = "" }.Uri;
    }
}

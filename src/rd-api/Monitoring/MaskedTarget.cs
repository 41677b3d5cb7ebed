using ReliableDownload.Api.Access;

namespace ReliableDownload.Api.Monitoring;

/// <summary>A request's target, or the page that led to it, without the signature of a signed link: whoever reads a log must not be able to use its links.</summary>
internal static class MaskedTarget
{
    private const string Mask = "***";

    /// <param name="target">As it came.</param>
    public static string Of(string target)
    {
        var start = target.IndexOf('?', StringComparison.Ordinal);
        if (start < 0)
            return target;
        var parts = target[(start + 1)..].Split('&');
        for (var i = 0; i < parts.Length; i++)
        {
            var equals = parts[i].IndexOf('=', StringComparison.Ordinal);
            if (equals >= 0 && IsSignature(parts[i][..equals]))
                parts[i] = parts[i][..(equals + 1)] + Mask;
        }

        return $"{target[..start]}?{string.Join('&', parts)}";
    }

    // As the query's reader sees it: decoded, and in any case.
    private static bool IsSignature(string name) =>
        Uri.UnescapeDataString(name).Equals(SignedLink.SignatureName, StringComparison.OrdinalIgnoreCase);
}

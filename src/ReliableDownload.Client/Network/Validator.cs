using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Network;

/// <summary>What a server says by which one version of a file can be told from another.</summary>
/// <param name="Size">In bytes; null where it is not said.</param>
/// <param name="Tag">The entity tag, perhaps a weak one.</param>
/// <param name="Modified">The time of the last modification, in whole seconds.</param>
internal sealed record Validator(long? Size, EntityTagHeaderValue? Tag, DateTimeOffset? Modified)
{
    /// <summary>Of a file that an rd-api told of; a server of the classic form tells no version.</summary>
    public static Validator Of(StreamLine.File file) =>
        new(file.Layout.FileSize, file.Version is { } version ? new EntityTagHeaderValue(version.ETag) : null, Modified: null);

    /// <summary>Of the file that an answer is about.</summary>
    public static Validator Of(HttpResponseMessage answer) => new(
        answer.Content.Headers.ContentRange is { } range ? range.Length : answer.StatusCode == HttpStatusCode.OK ? answer.Content.Headers.ContentLength : null,
        answer.Headers.ETag,
        answer.Content.Headers.LastModified);

    /// <summary>What If-Range can say, the safest first (RFC 9110, 13.1.5).</summary>
    public IReadOnlyList<RangeConditionHeaderValue> Conditions =>
    [
        .. Tag is { IsWeak: false } ? [new RangeConditionHeaderValue(Tag)] : Array.Empty<RangeConditionHeaderValue>(),
        .. Modified is { } modified ? [new RangeConditionHeaderValue(modified)] : Array.Empty<RangeConditionHeaderValue>(),
    ];

    /// <summary>Whether tags and times name the same version; null where they say nothing.</summary>
    /// <remarks>Times count more than tags: the nodes of a CDN may have each its own tags.</remarks>
    public bool? NamesSame(Validator other)
    {
        if (Tag is not null && other.Tag is not null && Tag.Tag == other.Tag.Tag)
            return true;
        if (Modified is { } mine && other.Modified is { } its)
            return mine == its;
        // A weak tag beside a strong one says nothing: rd-api gives one to a file that changed just now.
        return Tag is not null && other.Tag is not null && Tag.IsWeak == other.Tag.IsWeak ? false : null;
    }

    /// <summary>Whether both may be of the same version.</summary>
    public bool IsSame(Validator other) => (Size is null || other.Size is null || Size == other.Size) && NamesSame(other) != false;

    /// <summary>A text without spaces that <see cref="Parse"/> reads again.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Size ?? -1},{Modified?.ToUnixTimeSeconds() ?? -1},{Uri.EscapeDataString(Tag?.ToString() ?? "")}");

    /// <summary>Reads what <see cref="ToString"/> wrote; null where it is something else.</summary>
    public static Validator? Parse(string text)
    {
        if (text.Split(',') is not [var size, var modified, var tag]
            || !long.TryParse(size, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var bytes)
            || !long.TryParse(modified, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds)
            || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds())
            return null;
        EntityTagHeaderValue? read = null;
        if (tag.Length > 0 && !EntityTagHeaderValue.TryParse(Uri.UnescapeDataString(tag), out read))
            return null;
        return new Validator(bytes < 0 ? null : bytes, read, seconds < 0 ? null : DateTimeOffset.FromUnixTimeSeconds(seconds));
    }
}

using Microsoft.Net.Http.Headers;

namespace ReliableDownload.Api.Files;

/// <summary>What a request's conditions and ranges are compared with.</summary>
/// <param name="VersionTag">The strong entity tag.</param>
/// <param name="OtherTag">Another one for the same; null if there is none.</param>
/// <param name="IsYoung">Whether the next change may leave tag and time the same; then neither is relied on.</param>
/// <param name="Modified">In whole seconds; null where no time says whether it changed, so that conditions by date do not count.</param>
/// <param name="Size">Of the whole, in bytes.</param>
internal readonly record struct Validators(EntityTagHeaderValue VersionTag, EntityTagHeaderValue? OtherTag, bool IsYoung, DateTimeOffset? Modified, long Size);

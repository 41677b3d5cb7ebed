using Microsoft.Net.Http.Headers;

namespace ReliableDownload.Api.Tar;

/// <summary>What a folder's tar was found to be made of, before its first byte is sent.</summary>
/// <param name="Length">In bytes.</param>
/// <param name="Tag">Over names, sizes and times of all files.</param>
/// <param name="IsYoung">Whether a file changed so recently that its next change may not show.</param>
/// <param name="Entries">The files and folders in their order.</param>
internal sealed record TarPlan(long Length, EntityTagHeaderValue Tag, bool IsYoung, TarEntry[] Entries);

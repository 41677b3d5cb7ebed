namespace ReliableDownload.Api.Files;

/// <summary>What a name in a folder stands for.</summary>
/// <param name="Size">In bytes; meaningless for a folder.</param>
/// <param name="Modified">Modification time, in nanoseconds after 1970 (UTC).</param>
internal readonly record struct FolderEntry(bool IsFolder, long Size, long Modified);

namespace ReliableDownload.Api.Files;

/// <summary>A file or folder in a folder, under the bytes that are its name there.</summary>
/// <param name="Size">In bytes; without meaning for a folder.</param>
/// <param name="Modified">Modification time, in nanoseconds after 1970 (UTC).</param>
internal sealed record FolderEntry(ReadOnlyMemory<byte> Name, bool IsFolder, long Size, long Modified);

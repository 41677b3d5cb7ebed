namespace ReliableDownload.Api.Files;

/// <summary>What a name in a folder stands for.</summary>
/// <param name="Identity">Its size is meaningless for a folder.</param>
internal readonly record struct FolderEntry(bool IsFolder, FileIdentity Identity);

namespace ReliableDownload.Api.Files;

/// <summary>What a name in a folder stands for.</summary>
/// <param name="Identity">Its size is meaningless for a folder.</param>
/// <param name="Access">The bits of access, such as 0644; null where files have none.</param>
internal readonly record struct FolderEntry(bool IsFolder, FileIdentity Identity, int? Access);

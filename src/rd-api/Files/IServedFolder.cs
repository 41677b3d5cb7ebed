namespace ReliableDownload.Api.Files;

/// <summary>A folder inside the root, held open. Two implementations, as of <see cref="IWebRoot"/>; for one reader at a time.</summary>
internal interface IServedFolder : IDisposable
{
    /// <summary>What it was when it was opened; another once names were added or removed.</summary>
    FileIdentity Identity { get; }

    /// <summary>The names in it that may be served, in no order.</summary>
    /// <exception cref="IOException">They cannot be read to the end.</exception>
    FolderNames ReadNames();

    /// <summary>What a name in it stands for now; null where it is gone or may not be served.</summary>
    FolderEntry? Describe(ReadOnlySpan<byte> name);
}

namespace ReliableDownload.Api.Files;

/// <summary>A folder inside the root, held open. Two implementations, as for <see cref="IWebRoot"/>; for one reader at a time.</summary>
internal interface IServedFolder : IDisposable
{
    /// <summary>Its identity when it was opened; changes when names are added or removed.</summary>
    FileIdentity Identity { get; }

    /// <summary>Reads the first names, so that a folder that cannot be read is known before a listing is begun.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    void Probe();

    /// <summary>The names in it that may be served, in no order; also those that <see cref="Describe"/> cannot tell of.</summary>
    /// <exception cref="IOException">They cannot be read completely.</exception>
    FolderNames ReadNames();

    /// <summary>What a name in it stands for now; null if it is gone or may not be served.</summary>
    /// <exception cref="IOException">Something is there, but the server cannot look at it.</exception>
    FolderEntry? Describe(ReadOnlySpan<byte> name);

    /// <summary>The file of a name in it, as <see cref="IWebRoot.OpenFile"/> opens it, with fewer calls of the system.</summary>
    ServedFile? OpenFile(ReadOnlySpan<byte> name);
}

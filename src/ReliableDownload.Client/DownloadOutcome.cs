namespace ReliableDownload.Client;

/// <summary>How a download ended. The two first mean that every byte of the target is what the server's digests say.</summary>
public enum DownloadOutcome
{
    /// <summary>The file was made and each of its blocks proven.</summary>
    Complete,

    /// <summary>The target was there already, and each of its blocks was proven.</summary>
    AlreadyComplete,

    /// <summary>The server could not be reached, or not any more, within the attempts allowed.</summary>
    Network,

    /// <summary>The server's certificate is not trusted, or TLS failed otherwise.</summary>
    Tls,

    /// <summary>The server answered 401 or 403.</summary>
    NotAllowed,

    /// <summary>The server does not keep to the protocol, or is no rd-api at all.</summary>
    Protocol,

    /// <summary>The server answered 404 or another HTTP error that no repetition mends.</summary>
    Http,

    /// <summary>No room left on the disk, or not enough to begin.</summary>
    DiskFull,

    /// <summary>A local file or folder cannot be read or written.</summary>
    LocalFile,

    /// <summary>Another process is at the same download.</summary>
    InUse,

    /// <summary>A block kept arriving with bytes that its digest does not prove.</summary>
    NotProven,

    /// <summary>The file kept changing on the server.</summary>
    KeptChanging,

    /// <summary>The target exists with other content, and was not to be replaced.</summary>
    TargetExists,

    /// <summary>The caller canceled; what was fetched is kept for the next time.</summary>
    Canceled,
}

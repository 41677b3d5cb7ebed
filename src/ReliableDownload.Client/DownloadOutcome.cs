namespace ReliableDownload.Client;

/// <summary>How a download ended. The two first mean that every byte of the target is proven: by the server's digests, by <see cref="DownloadOptions.Checksum"/>, or both.</summary>
public enum DownloadOutcome
{
    /// <summary>The file was made and proven.</summary>
    Complete,

    /// <summary>The target was there already, and was proven.</summary>
    AlreadyComplete,

    /// <summary>The server could not be reached, or not any more, within the attempts allowed.</summary>
    Network,

    /// <summary>The server's certificate is not trusted, or TLS failed otherwise.</summary>
    Tls,

    /// <summary>The server answered 401 or 403.</summary>
    NotAllowed,

    /// <summary>The server does not keep to its protocol.</summary>
    Protocol,

    /// <summary>The server answered 404 or another HTTP error that no repetition mends.</summary>
    Http,

    /// <summary>No room left on the disk, or not enough to begin.</summary>
    DiskFull,

    /// <summary>A local file or folder cannot be read or written.</summary>
    LocalFile,

    /// <summary>Another process is at the same download.</summary>
    InUse,

    /// <summary>A block kept arriving with bytes that its digest does not prove, the whole file has another checksum, or proof was required and there is none.</summary>
    NotProven,

    /// <summary>The file kept changing on the server.</summary>
    KeptChanging,

    /// <summary>The target exists with other content, and was not to be replaced.</summary>
    TargetExists,

    /// <summary>The caller canceled; what was fetched is kept for the next time.</summary>
    Canceled,

    /// <summary>
    /// The file is complete and in its place, but nothing proves it: the server tells no digests. Or it was there already, with the size and time that the server tells.
    /// </summary>
    Unproven,

    /// <summary>Whoever read the stream that the bytes were written into wants no more of them (a closed pipe).</summary>
    OutputClosed,
}

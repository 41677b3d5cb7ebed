namespace ReliableDownload.Api.Sending;

/// <summary>How much of files a response has had so far, where <see cref="SocketOutput"/> cannot count it, as with TLS: a feature of the request. Read by other threads.</summary>
internal sealed class BodyProgress
{
    private long _bytes;

    /// <summary>Bytes that were handed on, before encryption.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public void Add(long bytes) => Volatile.Write(ref _bytes, _bytes + bytes);
}

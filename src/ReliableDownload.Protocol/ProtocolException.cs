namespace ReliableDownload.Protocol;

/// <summary>The other side violated the protocol; the message says how, in words for the user.</summary>
public sealed class ProtocolException : Exception
{
    public ProtocolException(string message)
        : base(message)
    {
    }

    public ProtocolException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

namespace ReliableDownload.Protocol;

/// <summary>The other side sent what the protocol does not allow; the message says what, in words for a person.</summary>
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

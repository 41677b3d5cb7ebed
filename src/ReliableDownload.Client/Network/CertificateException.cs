namespace ReliableDownload.Client.Network;

/// <summary>The server's certificate is not to be trusted; the message says why, and what to do.</summary>
internal sealed class CertificateException(string message) : Exception(message);

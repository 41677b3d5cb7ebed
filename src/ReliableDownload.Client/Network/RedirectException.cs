namespace ReliableDownload.Client.Network;

/// <summary>A redirect that must not be followed; the message says why.</summary>
internal sealed class RedirectException(string message) : Exception(message);

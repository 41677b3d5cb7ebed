namespace ReliableDownload.Bench.Link;

/// <summary>The line cannot be made or kept up; the message is for the person.</summary>
internal sealed class LinkException(string message) : Exception(message);

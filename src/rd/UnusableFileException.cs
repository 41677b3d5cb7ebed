namespace ReliableDownload.Rd;

/// <summary>A file that an option names cannot be used. The message is a sentence without its full stop, and holds nothing of what is in the file.</summary>
internal sealed class UnusableFileException(string message) : Exception(message);

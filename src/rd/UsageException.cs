namespace ReliableDownload.Rd;

/// <summary>The user asked for something that cannot be; the message is a sentence that says what, and what can be done.</summary>
internal sealed class UsageException(string message) : Exception(message)
{
    /// <summary>The text with a full stop, unless it is a question.</summary>
    public static string Sentence(string text) => text.EndsWith('?') ? text : $"{text}.";
}

namespace ReliableDownload;

/// <summary>Text from outside that is shown on a terminal or written to a log.</summary>
internal static class TerminalText
{
    /// <summary>
    /// Whether a character could control the terminal, forge a line, or reorder the text around it, so that a name looks like another
    /// one (Unicode Standard Annex 9, 2).
    /// </summary>
    public static bool IsUnsafe(char character) =>
        char.IsControl(character)
        || character is '\u061C' or '\u200E' or '\u200F' or '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}

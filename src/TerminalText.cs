using System.Buffers;

namespace ReliableDownload;

/// <summary>Text from outside that is shown on a terminal or written to a log.</summary>
internal static class TerminalText
{
    // Marks that change the order in which a terminal shows text (Unicode Standard Annex 9), and the line separators beside the control
    // characters: with them a name can look like another one, or like a line of its own.
    private static readonly SearchValues<char> Marks =
        SearchValues.Create("\u061C\u200E\u200F\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069\u2028\u2029");

    /// <summary>Whether a character could control the terminal, forge a line, or reorder the text around it.</summary>
    public static bool IsUnsafe(char character) => char.IsControl(character) || Marks.Contains(character);
}

using System.CommandLine;

namespace ReliableDownload.Manual;

/// <summary>Finds the option that was meant by a mistyped one.</summary>
public static class NearOption
{
    /// <summary>With more wrong letters it is another word, not a typing error.</summary>
    private const int MaxEdits = 2;

    // A word longer than any option is near none, and need not be compared.
    private const int MaxLength = 64;

    /// <summary>A sentence about a word that is not an option of <paramref name="command"/>, suggesting the nearest one if there is one.</summary>
    public static string Problem(Command command, string word)
    {
        // "--force=yes" was meant for --force; the value may be a password.
        var name = word.Split('=', ':')[0];
        var near = Nearest(command, name);
        return $"There is no option '{name}'{(near is null ? "" : $"; did you mean {near}?")}";
    }

    private static string? Nearest(Command command, string word)
    {
        if (!word.StartsWith("--", StringComparison.Ordinal) || word.Length is < 4 or > MaxLength)
            return null;
        var forms = command.Shown().SelectMany(option => option.Forms()).Where(form => form.StartsWith("--", StringComparison.Ordinal)).ToList();
        var begun = forms.Where(form => form.StartsWith(word, StringComparison.Ordinal)).ToList();
        if (begun.Count == 1)
            return begun[0];
        var (best, edits) = forms.Select(form => (form, Edits: Edits(word, form))).MinBy(form => form.Edits);
        return edits <= MaxEdits ? best : null;
    }

    // Levenshtein's distance, a row at a time.
    private static int Edits(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}

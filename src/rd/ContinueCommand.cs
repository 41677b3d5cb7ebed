using System.Buffers;

namespace ReliableDownload.Rd;

/// <summary>The command that continues an interrupted one: the same, written so that a shell reads it back unchanged.</summary>
internal static class ContinueCommand
{
    /// <summary>Characters without a special meaning in any POSIX shell.</summary>
    private static readonly SearchValues<char> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./:@%+=,");

    /// <summary>The short options without a value, which may stand before another in one word.</summary>
    private static readonly SearchValues<char> Switches = SearchValues.Create("fklcqv46");

    /// <summary>The command; passwords, and whatever else may be secret, are left out.</summary>
    public static string Of(IEnumerable<string> arguments)
    {
        var words = new List<string> { "rd" };
        foreach (var word in arguments)
            words.Add(Shown(words[^1], word));
        return string.Join(' ', words.Select(Quoted));
    }

    private static string Shown(string before, string word) => before switch
    {
        "--header" => Header(word),
        _ when before.Length > 0 && HeaderEnd(before) == before.Length => Header(word),
        "--user" => User(word),
        "--proxy" => FileUrl.WithoutUserInfo(word),
        // An option and its value in one word.
        _ when HeaderEnd(word) is > 0 and var end && end < word.Length => $"{word[..end]}{Header(word[end..])}",
        _ when Value(word, "--header") is { } value => $"--header={Header(value)}",
        _ when Value(word, "--user") is { } value => $"--user={User(value)}",
        _ when Value(word, "--proxy") is { } value => $"--proxy={FileUrl.WithoutUserInfo(value)}",
        _ => word.Contains("://", StringComparison.Ordinal) ? FileUrl.WithoutUserInfo(word) : word,
    };

    /// <summary>Where the value begins in a word with -H, perhaps behind switches (-fH); 0 where there is none.</summary>
    private static int HeaderEnd(string word)
    {
        var end = word.StartsWith('-') ? 1 + word.AsSpan(1).IndexOfAnyExcept(Switches) : 0;
        return end > 0 && word[end] == 'H' ? end + 1 : 0;
    }

    private static string? Value(string word, string option) =>
        word.StartsWith(option, StringComparison.Ordinal) && word.Length > option.Length && word[option.Length] is '=' or ':' ? word[(option.Length + 1)..] : null;

    private static string Header(string text) => text.IndexOf(':') is > 0 and var colon ? $"{text[..colon]}: ***" : "***";

    // Without a password it is asked for.
    private static string User(string text) => text.Split(':')[0];

    private static string Quoted(string word) =>
        word.Length > 0 && !word.AsSpan().ContainsAnyExcept(Plain) ? word : $"'{word.Replace("'", "'\\''")}'";
}

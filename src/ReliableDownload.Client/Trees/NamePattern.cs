using System.Buffers;

namespace ReliableDownload.Client.Trees;

/// <summary>
/// A pattern for names in a tree, as in a .gitignore: <c>*</c> and <c>?</c> are characters of one name, <c>[a-z]</c> and <c>[!a-z]</c> sets of them, <c>**</c> any folders, a backslash
/// takes the next character as it is. With a slash at its beginning or inside, it is a path from the tree's folder on, else a name at any depth; with one at its end it is a folder's.
/// </summary>
internal sealed class NamePattern
{
    /// <summary>The longest pattern, in characters.</summary>
    public const int MaxLength = 4096;

    private const string AnyFolders = "**";

    private static readonly SearchValues<char> Special = SearchValues.Create("*?[\\");

    private readonly string[] _parts;
    private readonly bool _isFolder;

    /// <exception cref="FormatException">It is empty, too long, or matches nothing.</exception>
    public NamePattern(string text)
    {
        if (text.Length is 0 or > MaxLength || text.Trim('/').Length == 0)
            throw new FormatException(text.Length > MaxLength ? $"a pattern has at most {MaxLength} characters" : $"the pattern '{text}' names nothing");
        _isFolder = text.EndsWith('/');
        var body = text.TrimEnd('/');
        var isAnchored = body.Contains('/');
        _parts = isAnchored ? body.TrimStart('/').Split('/') : [AnyFolders, body];
    }

    /// <summary>Whether it names this path itself.</summary>
    /// <param name="parts">The parts of the path.</param>
    public bool IsMatch(ReadOnlySpan<string> parts, bool isFolder) => (isFolder || !_isFolder) && IsMatch(_parts, parts);

    // As for the characters of a name: the last "**" takes one part more whenever what follows it does not fit.
    private static bool IsMatch(ReadOnlySpan<string> pattern, ReadOnlySpan<string> parts)
    {
        var (at, part, star, resume) = (0, 0, -1, 0);
        while (part < parts.Length)
        {
            if (at < pattern.Length && pattern[at] == AnyFolders)
            {
                (star, resume) = (at++, part);
            }
            else if (at < pattern.Length && IsMatch(pattern[at], parts[part]))
            {
                at++;
                part++;
            }
            else if (star >= 0)
            {
                at = star + 1;
                part = ++resume;
            }
            else
            {
                return false;
            }
        }

        // "a/**" is what is in a, and not a itself: the last "**" was passed only where something is left for it.
        return at == pattern.Length;
    }

    private static bool IsMatch(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        if (!pattern.ContainsAny(Special))
            return pattern.SequenceEqual(name);
        var (at, character, star, resume) = (0, 0, -1, 0);
        while (character < name.Length)
        {
            if (at < pattern.Length && pattern[at] == '*')
            {
                (star, resume) = (at++, character);
            }
            else if (at < pattern.Length && Takes(pattern[at..], name[character], out var length))
            {
                at += length;
                character++;
            }
            else if (star >= 0)
            {
                at = star + 1;
                character = ++resume;
            }
            else
            {
                return false;
            }
        }

        return pattern[at..].TrimStart('*').IsEmpty;
    }

    /// <param name="length">How many characters of the pattern stand for the one.</param>
    private static bool Takes(ReadOnlySpan<char> pattern, char character, out int length)
    {
        length = 1;
        switch (pattern[0])
        {
            case '?':
                return true;
            case '\\' when pattern.Length > 1:
                length = 2;
                return pattern[1] == character;
            case '[' when pattern.Length > 2 && pattern[2..].IndexOf(']') is >= 0 and var end:
                // A bracket right behind the first is one of the set.
                var set = pattern[1..(end + 2)];
                length = end + 3;
                var isNegated = set[0] is '!' or '^' && set.Length > 1;
                return IsIn(isNegated ? set[1..] : set, character) != isNegated;
            default:
                return pattern[0] == character;
        }
    }

    private static bool IsIn(ReadOnlySpan<char> set, char character)
    {
        for (var i = 0; i < set.Length; i++)
        {
            if (i + 2 < set.Length && set[i + 1] == '-')
            {
                if (character >= set[i] && character <= set[i + 2])
                    return true;
                i += 2;
            }
            else if (set[i] == character)
            {
                return true;
            }
        }

        return false;
    }
}

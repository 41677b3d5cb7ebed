using System.Buffers;

namespace ReliableDownload.Rd;

/// <summary>The command that continues an interrupted one: the same, written so that a shell reads it back unchanged.</summary>
internal static class ContinueCommand
{
    /// <summary>Characters without a special meaning in any POSIX shell.</summary>
    private static readonly SearchValues<char> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./:@%+=,");

    /// <summary>The command; a user name and password in a URL are left out.</summary>
    public static string Of(IEnumerable<string> arguments) =>
        string.Join(' ', arguments.Select(Shown).Prepend("rd").Select(Quoted));

    private static string Shown(string word) => word.Contains("://") ? FileUrl.WithoutUserInfo(word) : word;

    private static string Quoted(string word) =>
        word.Length > 0 && !word.AsSpan().ContainsAnyExcept(Plain) ? word : $"'{word.Replace("'", "'\\''")}'";
}

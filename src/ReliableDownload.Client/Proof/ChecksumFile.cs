using System.Text;
using System.Text.RegularExpressions;

namespace ReliableDownload.Client.Proof;

/// <summary>
/// Reads the digest of one file from text as sha256sum and its like write it: <c>DIGEST  NAME</c> (GNU), <c>SHA256 (NAME) = DIGEST</c> (BSD), or a
/// digest alone. Lines of any other form are passed over, so that a page of a server that has no such file tells nothing.
/// </summary>
internal static partial class ChecksumFile
{
    /// <summary>What people call a list of digests of a folder's files, the likeliest name first.</summary>
    public static readonly string[] ListNames = ["SHA256SUMS", "SHA512SUMS", "sha256sum.txt"];

    /// <summary>How much is read, in bytes: 40,000 lines, more than any folder of a distribution.</summary>
    public const int MaxBytes = 4 << 20;

    private const int MaxLineLength = 8 << 10;

    // A GNU line begins with a backslash where the name has escapes; the mark before the name tells text from binary.
    [GeneratedRegex(@"^(?<escape>\\?)(?<hex>[0-9A-Fa-f]{8,128})(?: [ *](?<name>.+)|\s*)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Gnu();

    [GeneratedRegex(@"^(?<escape>\\?)(?<algorithm>[A-Za-z0-9-]{1,16}) ?\((?<name>.+)\) ?= ?(?<hex>[0-9A-Fa-f]{8,128})\s*$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Bsd();

    [GeneratedRegex(@"\\[nr\\]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Escape();

    /// <summary>The best digest of the file <paramref name="name"/>; null where there is none.</summary>
    /// <param name="isOfOne">Whether the text is about this file alone: then a digest without a name, or the only one with whatever name, is the file's.</param>
    public static async Task<Checksum?> FindAsync(Stream text, string name, bool isOfOne, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(new BoundedStream(text, MaxBytes), Encoding.UTF8);
        Checksum? named = null;
        var others = new List<Checksum>();
        var line = new StringBuilder();
        var buffer = new char[4096];
        while (await reader.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            foreach (var character in buffer.AsSpan(0, count))
            {
                if (character == '\n')
                    Take();
                else if (line.Length < MaxLineLength)
                    line.Append(character);
            }
        }

        Take();
        return named ?? (isOfOne && others.Count == 1 ? others[0] : null);

        void Take()
        {
            var (digest, its) = Read(line.ToString().TrimEnd('\r'));
            line.Clear();
            if (digest is null)
                return;
            if (its is not null && IsName(its, name))
                named = named is null || digest.Rank < named.Rank ? digest : named;
            else if (others.Count < 2)
                others.Add(digest);
        }
    }

    private static (Checksum? Digest, string? Name) Read(string line)
    {
        var bsd = Bsd().Match(line);
        var match = bsd.Success ? bsd : Gnu().Match(line);
        if (!match.Success)
            return default;
        var name = match.Groups["name"] is { Success: true, Value: var text } ? text : null;
        if (name is not null && match.Groups["escape"].Length > 0)
            name = Escape().Replace(name, escape => escape.Value[1] switch { 'n' => "\n", 'r' => "\r", _ => @"\" });
        return (Checksum.OfHex(bsd.Success ? bsd.Groups["algorithm"].Value : null, match.Groups["hex"].Value), name);
    }

    private static bool IsName(string listed, string name) =>
        listed.AsSpan(listed.StartsWith("./", StringComparison.Ordinal) ? 2 : 0).Equals(name, StringComparison.Ordinal);
}

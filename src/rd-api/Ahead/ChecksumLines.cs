using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using ReliableDownload.Api.Proof;

namespace ReliableDownload.Api.Ahead;

/// <summary>The lines of one folder's list of digests that this run makes, and their way into the list that is there.</summary>
internal sealed partial class ChecksumLines
{
    // Names are bytes: as Latin-1 they stay what they are.
    private readonly OrderedDictionary<string, string> _lines = new(StringComparer.Ordinal);

    public void Add(ReadOnlySpan<byte> name, byte[] digest)
    {
        var output = new ArrayBufferWriter<byte>();
        ChecksumLine.Write(output, digest, name);
        var line = Encoding.Latin1.GetString(output.WrittenSpan[..^1]);
        _lines[Line().Match(line).Groups["name"].Value] = line;
    }

    /// <summary>The list that is there, with these lines in it, and without those of files that are gone.</summary>
    /// <param name="isThere">Whether the folder still has a file of that name.</param>
    /// <returns>Null if it is no list of a single folder's files, as sha256sum writes it: perhaps a signed one.</returns>
    public byte[]? MergedInto(ReadOnlySpan<byte> list, Func<byte[], bool> isThere)
    {
        var text = new StringBuilder(list.Length);
        var left = new OrderedDictionary<string, string>(_lines, StringComparer.Ordinal);
        foreach (var line in Encoding.Latin1.GetString(list).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Line().Match(line) is not { Success: true, Groups: var parts })
                return null;
            var name = parts["name"].Value;
            if (left.Remove(name, out var mine))
                text.Append(parts["hex"].Value.Equals(Line().Match(mine).Groups["hex"].Value, StringComparison.OrdinalIgnoreCase) ? line : mine).Append('\n');
            else if (!_lines.ContainsKey(name) && isThere(Encoding.Latin1.GetBytes(parts["escape"].Length > 0 ? ChecksumLine.Unescaped(name) : name)))
                text.Append(line).Append('\n');
        }

        foreach (var line in left.Values)
            text.Append(line).Append('\n');
        return Encoding.Latin1.GetBytes(text.ToString());
    }

    [GeneratedRegex(@"^(?<escape>\\?)(?<hex>[0-9A-Fa-f]{64}) [ *](?<name>[^/\r\n]+)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Line();
}

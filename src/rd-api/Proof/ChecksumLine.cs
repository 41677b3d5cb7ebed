using System.Buffers;
using System.Text.RegularExpressions;

namespace ReliableDownload.Api.Proof;

/// <summary>A line as sha256sum of the coreutils writes and reads it.</summary>
internal static partial class ChecksumLine
{
    private static readonly SearchValues<byte> Escaped = SearchValues.Create("\\\n\r"u8);

    /// <param name="name">The file's name, as the file system has it: sha256sum compares bytes.</param>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> name)
    {
        var isEscaped = name.ContainsAny(Escaped);
        if (isEscaped)
            output.Write("\\"u8);
        var hex = output.GetSpan(2 * digest.Length);
        Convert.TryToHexStringLower(digest, hex, out var length);
        output.Advance(length);
        output.Write("  "u8);
        if (!isEscaped)
        {
            output.Write(name);
        }
        else
        {
            foreach (var value in name)
                output.Write(value switch { (byte)'\\' => "\\\\"u8, (byte)'\n' => "\\n"u8, (byte)'\r' => "\\r"u8, _ => [value] });
        }

        output.Write("\n"u8);
    }

    /// <summary>The name in a line that begins with a backslash.</summary>
    public static string Unescaped(string name) => Escape().Replace(name, escape => escape.Value[1] switch { 'n' => "\n", 'r' => "\r", _ => @"\" });

    [GeneratedRegex(@"\\[nr\\]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Escape();
}

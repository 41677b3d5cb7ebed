namespace ReliableDownload.Api.Files;

/// <summary>
/// Writes a name so that comparing bytes compares as people do: without regard to case, and numbers by their value, so that
/// <c>file2</c> is before <c>file10</c>.
/// </summary>
internal static class NaturalOrder
{
    /// <summary>The most bytes that a name becomes: each number needs two more.</summary>
    public static int MaxLength(ReadOnlySpan<byte> name) => 2 * (name.Length + 1);

    /// <param name="name">In upper case already, as far as it is not ASCII.</param>
    /// <param name="target">Has room for <see cref="MaxLength"/>.</param>
    /// <returns>How many bytes were written.</returns>
    public static int Write(ReadOnlySpan<byte> name, Span<byte> target)
    {
        var length = 0;
        for (var i = 0; i < name.Length;)
        {
            if (!char.IsAsciiDigit((char)name[i]))
            {
                target[length++] = char.IsAsciiLetterLower((char)name[i]) ? (byte)(name[i] & ~0x20) : name[i];
                i++;
                continue;
            }

            // A number sorts where digits do, then by how many digits it has without leading zeros, then by these.
            var number = name[i..];
            var end = number.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
            number = end < 0 ? number : number[..end];
            i += number.Length;
            number = number.TrimStart((byte)'0');
            target[length++] = (byte)'0';
            target[length++] = (byte)Math.Min(number.Length, byte.MaxValue);
            number.CopyTo(target[length..]);
            length += number.Length;
        }

        return length;
    }
}

using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace ReliableDownload.Api.Tar;

/// <summary>
/// The header of a file or folder in a tar (POSIX pax): always the same for the same name, size, time and access, so that everybody who computes it gets the same
/// bytes. The framework's writer cannot be told an offset to begin at, and knows no names that are not UTF-8.
/// </summary>
internal static class TarHeader
{
    /// <summary>Bytes: everything in a tar is a multiple of it.</summary>
    public const int Block = 512;

    // Fields of a ustar header: offset and length.
    private const int NameLength = 100;
    private const int ChecksumOffset = 148;
    private const int ExtraAccess = 0x1A4; // rw-r--r--
    private const long MaxOctalSize = (1L << 33) - 1;

    /// <param name="name">Relative, with slashes.</param>
    /// <param name="entry">Size, time, access.</param>
    public static byte[] Of(ReadOnlySpan<byte> name, TarEntry entry)
    {
        var records = new List<byte>();
        var isText = Utf8.IsValid(name);
        if (name.Length > NameLength || !Ascii.IsValid(name))
        {
            if (!isText)
                AddRecord(records, "hdrcharset"u8, "BINARY"u8);
            AddRecord(records, "path"u8, name);
        }

        if (entry.Size > MaxOctalSize)
            AddRecord(records, "size"u8, Encoding.ASCII.GetBytes(entry.Size.ToString(CultureInfo.InvariantCulture)));
        var seconds = Math.Max(0, entry.Identity.ModifiedAt.ToUnixTimeSeconds());
        // Programs that know no pax see a shortened name.
        var shortName = name[..Math.Min(name.Length, NameLength)];
        var type = (byte)(entry.IsFolder ? '5' : '0');
        if (records.Count == 0)
            return Ustar(shortName, entry.Size, entry.Access, seconds, type);
        var extra = new byte[Block + Padded(records.Count) + Block];
        Ustar("PaxHeader"u8, records.Count, ExtraAccess, seconds, (byte)'x').CopyTo(extra, 0);
        records.CopyTo(extra, Block);
        Ustar(shortName, Math.Min(entry.Size, MaxOctalSize), entry.Access, seconds, type).CopyTo(extra, extra.Length - Block);
        return extra;
    }

    public static long Padded(long size) => (size + Block - 1) / Block * Block;

    private static int Padded(int size) => (size + Block - 1) / Block * Block;

    // "LENGTH KEY=VALUE\n", where LENGTH counts itself.
    private static void AddRecord(List<byte> records, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var rest = key.Length + value.Length + 3;
        var length = rest + Digits(rest);
        length = rest + Digits(length);
        records.AddRange(Encoding.ASCII.GetBytes(length.ToString(CultureInfo.InvariantCulture)));
        records.Add((byte)' ');
        records.AddRange(key);
        records.Add((byte)'=');
        records.AddRange(value);
        records.Add((byte)'\n');
    }

    private static int Digits(int number) => number.ToString(CultureInfo.InvariantCulture).Length;

    private static byte[] Ustar(ReadOnlySpan<byte> name, long size, int access, long seconds, byte type)
    {
        var header = new byte[Block];
        name.CopyTo(header);
        Octal(header.AsSpan(100, 8), access);
        Octal(header.AsSpan(108, 8), 0);
        Octal(header.AsSpan(116, 8), 0);
        Octal(header.AsSpan(124, 12), size);
        Octal(header.AsSpan(136, 12), seconds);
        header.AsSpan(ChecksumOffset, 8).Fill((byte)' ');
        header[156] = type;
        "ustar\0"u8.CopyTo(header.AsSpan(257));
        "00"u8.CopyTo(header.AsSpan(263));
        var sum = 0;
        foreach (var value in header)
            sum += value;
        Octal(header.AsSpan(ChecksumOffset, 7), sum);
        return header;
    }

    private static void Octal(Span<byte> field, long value)
    {
        for (var i = field.Length - 2; i >= 0; i--, value >>= 3)
            field[i] = (byte)('0' + (value & 7));
        field[^1] = 0;
    }
}

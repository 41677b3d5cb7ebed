using System.Buffers.Binary;
using System.Text;

namespace ReliableDownload.Api.Files;

/// <summary>The names in a folder, possibly very many: their concatenated bytes plus 8 bytes for each. Immutable once sorted.</summary>
internal sealed class FolderNames
{
    private byte[] _bytes = new byte[1 << 10];
    private Entry[] _entries = new Entry[1 << 5];
    private int _length;

    public int Count { get; private set; }

    /// <summary>Memory that it holds, in bytes.</summary>
    public unsafe long Size => _bytes.LongLength + (_entries.LongLength * sizeof(Entry));

    public ReadOnlySpan<byte> this[int index] => _bytes.AsSpan(_entries[index].Offset, _entries[index].Length);

    public int FolderCount { get; private set; }

    public bool IsFolder(int index) => _entries[index].IsFolder;

    public void Add(ReadOnlySpan<byte> name, bool isFolder)
    {
        if (_length + name.Length > _bytes.Length)
            Array.Resize(ref _bytes, checked(2 * Math.Max(_bytes.Length, name.Length)));
        if (Count == _entries.Length)
            Array.Resize(ref _entries, 2 * Count);
        if (isFolder)
            FolderCount++;
        name.CopyTo(_bytes.AsSpan(_length));
        _entries[Count++] = new Entry(_length, (short)name.Length, isFolder);
        _length += name.Length;
    }

    /// <summary>Folders first, then by name without regard to case, and <c>file2</c> before <c>file10</c>.</summary>
    public void Sort()
    {
        var keys = new Key[Count];
        var folded = new byte[_length];
        var length = 0;
        for (var i = 0; i < Count; i++)
        {
            var name = this[i];
            // Letters of other scripts may take more bytes in upper case.
            if (!Ascii.IsValid(name))
                name = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(name).ToUpperInvariant());
            if (length + NaturalOrder.MaxLength(name) > folded.Length)
                Array.Resize(ref folded, 2 * (length + NaturalOrder.MaxLength(name)));
            var written = NaturalOrder.Write(name, folded.AsSpan(length));
            keys[i] = new Key(_entries[i], length, written, Prefix(folded.AsSpan(length, written)));
            length += written;
        }

        keys.AsSpan().Sort(new ByName(_bytes, folded));
        _entries = Array.ConvertAll(keys, key => key.Entry);
    }

    /// <summary>By the bytes of the names, as a tree lists them, and without the room for more.</summary>
    public void SortByBytes()
    {
        Array.Resize(ref _bytes, _length);
        Array.Resize(ref _entries, Count);
        _entries.AsSpan().Sort(new ByBytes(_bytes));
    }

    /// <summary>Of names in the order of <see cref="SortByBytes"/>: the first that is not before <paramref name="name"/>.</summary>
    public int Find(ReadOnlySpan<byte> name)
    {
        var (low, high) = (0, Count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (this[middle].SequenceCompareTo(name) < 0)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private static ulong Prefix(ReadOnlySpan<byte> name)
    {
        Span<byte> first = stackalloc byte[sizeof(ulong)];
        first.Clear();
        name[..Math.Min(name.Length, first.Length)].CopyTo(first);
        return BinaryPrimitives.ReadUInt64BigEndian(first);
    }

    private readonly record struct Entry(int Offset, short Length, bool IsFolder);

    /// <param name="Entry">What is sorted.</param>
    /// <param name="Offset">Of what <see cref="NaturalOrder"/> wrote for its name.</param>
    /// <param name="Length">Of the same.</param>
    /// <param name="Prefix">Its first bytes: most comparisons need no more.</param>
    private readonly record struct Key(Entry Entry, int Offset, int Length, ulong Prefix);

    private readonly struct ByName(byte[] names, byte[] folded) : IComparer<Key>
    {
        public int Compare(Key x, Key y)
        {
            if (x.Entry.IsFolder != y.Entry.IsFolder)
                return x.Entry.IsFolder ? -1 : 1;
            if (x.Prefix != y.Prefix)
                return x.Prefix < y.Prefix ? -1 : 1;
            var order = folded.AsSpan(x.Offset, x.Length).SequenceCompareTo(folded.AsSpan(y.Offset, y.Length));
            return order != 0 ? order : Name(x).SequenceCompareTo(Name(y));
        }

        private ReadOnlySpan<byte> Name(Key key) => names.AsSpan(key.Entry.Offset, key.Entry.Length);
    }

    private readonly struct ByBytes(byte[] names) : IComparer<Entry>
    {
        public int Compare(Entry x, Entry y) => names.AsSpan(x.Offset, x.Length).SequenceCompareTo(names.AsSpan(y.Offset, y.Length));
    }
}

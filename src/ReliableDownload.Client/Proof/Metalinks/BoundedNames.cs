using System.Xml;

namespace ReliableDownload.Client.Proof.Metalinks;

/// <summary>The names of elements and attributes that a reader of XML keeps until its end: a stranger could make each one another.</summary>
internal sealed class BoundedNames : XmlNameTable
{
    // Far more than both versions of Metalink have, with signatures and what others add.
    private const int MaxNames = 10_000;

    private readonly NameTable _names = new();
    private int _count;

    public override string Add(char[] array, int offset, int length) => _names.Get(array, offset, length) ?? Counted(_names.Add(array, offset, length));

    public override string Add(string array) => _names.Get(array) ?? Counted(_names.Add(array));

    public override string? Get(char[] array, int offset, int length) => _names.Get(array, offset, length);

    public override string? Get(string array) => _names.Get(array);

    private string Counted(string name) => ++_count <= MaxNames ? name : throw new XmlException($"it has more than {MaxNames} different names of elements");
}

using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace ReliableDownload.Client.Trees;

/// <summary>Numbers that are the same for names, or for entries of a disk, that are the same. A server cannot choose names whose numbers fall together.</summary>
internal static class NameKey
{
    private static readonly long Seed = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8));

    /// <summary>Of a name where upper and lower case are the same.</summary>
    public static ulong Of(TreePath path) => XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(path.Text.ToUpperInvariant()), Seed);

    /// <summary>Of an entry, by the number of its file system and its own there.</summary>
    public static ulong Of(ulong device, ulong inode) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes<ulong>([device, inode]), Seed);
}

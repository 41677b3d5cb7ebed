using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Client.Trees;

/// <summary>
/// The name of a file in the hidden folder: whose it is and what its bytes have to be, so that after an interruption it is found again and proven without asking for it.
/// </summary>
internal static class StagedName
{
    /// <summary>What the names of large files begin with.</summary>
    public const string Large = "large-";

    private const int HashLength = 32;
    private const int DigestLength = 64;

    /// <summary>Into how many folders files are made: where connections share one, they wait for each other, and spin (a third of the processor time, ext4).</summary>
    public const int Folders = 8;

    /// <summary>Of a small file, by its digest.</summary>
    /// <param name="folder">Which of the <see cref="Folders"/>.</param>
    public static string Of(int folder, TreePath path, ReadOnlySpan<byte> digest) => $"{folder % Folders}/{path.Hash}-{Convert.ToHexStringLower(digest)}";

    /// <summary>Of a large file.</summary>
    public static string OfLarge(TreePath path) => $"{Large}{path.Hash}";

    /// <summary>Where a large file may be that is finished or linked, or there in part.</summary>
    public static string[] PlacesOfLarge(TreePath path) => [OfLarge(path), $"{ITreeTarget.PartsName}/{OfLarge(path)}"];

    /// <summary>The hash of the path that a name is for; null where it is not one of <see cref="Of"/>.</summary>
    public static string? HashIn(string name) =>
        name[(name.LastIndexOf('/') + 1)..] is { Length: HashLength + 1 + DigestLength } plain && plain[HashLength] == '-' ? plain[..HashLength] : null;

    /// <summary>Whether a staged file has the bytes that its name says.</summary>
    public static bool IsProven(string name, SafeFileHandle file) => IsOf(name, DigestOf(file));

    /// <summary>Whether a name is for bytes with this digest.</summary>
    public static bool IsOf(string name, ReadOnlySpan<byte> digest) => name.EndsWith(Convert.ToHexStringLower(digest), StringComparison.Ordinal);

    /// <summary>The SHA-256 of a whole file.</summary>
    public static byte[] DigestOf(SafeFileHandle file)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var slice = new byte[256 << 10];
        for (var offset = 0L; RandomAccess.Read(file, slice, offset) is > 0 and var count; offset += count)
            hash.AppendData(slice, 0, count);
        return hash.GetHashAndReset();
    }
}

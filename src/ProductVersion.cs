using System.Reflection;
using System.Runtime.InteropServices;

namespace ReliableDownload;

/// <summary>Identifies the running build of rd or rd-api; compiled into both programs. The number is set in Directory.Build.props.</summary>
internal static class ProductVersion
{
    // The SDK writes "2.0.0+" and the commit's hash; without a repository "2.0.0" alone.
    private static readonly string[] Parts = typeof(ProductVersion).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+');

    /// <summary>Such as 2.0.0.</summary>
    public static string Number => Parts[0];

    /// <summary>Such as 2.0.0 (1234567, linux-x64): number, commit if known, platform.</summary>
    public static string Text => Parts is [_, { Length: >= 7 } commit]
        ? $"{Number} ({commit[..7]}, {RuntimeInformation.RuntimeIdentifier})"
        : $"{Number} ({RuntimeInformation.RuntimeIdentifier})";
}

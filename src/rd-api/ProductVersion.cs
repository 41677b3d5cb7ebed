using System.Reflection;

namespace ReliableDownload.Api;

/// <summary>The version that people see, without the build's commit.</summary>
internal static class ProductVersion
{
    public static string Text { get; } = typeof(ProductVersion).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}

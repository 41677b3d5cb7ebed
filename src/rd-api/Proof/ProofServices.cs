using Microsoft.Extensions.DependencyInjection;
using ReliableDownload.Api.Access;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Routing;

namespace ReliableDownload.Api.Proof;

/// <summary>Adds what proves files to clients that do not know rd-api.</summary>
internal static class ProofServices
{
    public static void AddProof(this IServiceCollection services)
    {
        services.AddSingleton<Views>();
        services.AddSingleton<IView, MetalinkView>();
        services.AddSingleton<IView, Sha256View>();
        services.AddSingleton<FileLinks>();
        services.AddSingleton<DigestHeaders>();
        services.AddSingleton<BlockDigests>();
        services.AddSingleton<FileMetalink>();
        services.AddSingleton<FolderWalk>();
        services.AddSingleton(static provider => new FolderMetalink(
            provider.GetRequiredService<FolderWalk>(),
            provider.GetRequiredService<BlockDigests>(),
            provider.GetRequiredService<WholeDigests>(),
            provider.GetRequiredService<CurrentOptions>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetService<AccessControl>()));
        services.AddSingleton(static provider => new ChecksumList(
            provider.GetRequiredService<IWebRoot>(),
            provider.GetRequiredService<FolderSnapshots>(),
            provider.GetRequiredService<WholeDigests>(),
            provider.GetRequiredService<RdApiOptions>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetService<AccessControl>()));
    }
}

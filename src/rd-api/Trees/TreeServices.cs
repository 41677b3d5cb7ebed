using Microsoft.Extensions.DependencyInjection;
using ReliableDownload.Api.Access;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Trees;

/// <summary>Adds what answers for whole folders.</summary>
internal static class TreeServices
{
    public static void AddTrees(this IServiceCollection services)
    {
        services.AddSingleton(new TreeNames());
        services.AddSingleton<TreeDigests>();
        services.AddSingleton<TreeEndpoint>();
        services.AddSingleton(static provider => new FilesEndpoint(
            provider.GetRequiredService<IWebRoot>(), provider.GetRequiredService<TreeDigests>(), provider.GetRequiredService<RdApiOptions>(), provider.GetRequiredService<TimeProvider>(), provider.GetService<AccessControl>()));
        services.AddSingleton(static provider => new TreeStream(
            provider.GetRequiredService<IWebRoot>(),
            provider.GetRequiredService<TreeNames>(),
            provider.GetRequiredService<TreeDigests>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetService<AccessControl>()));
    }
}

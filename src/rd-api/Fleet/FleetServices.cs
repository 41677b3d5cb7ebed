using Microsoft.Extensions.DependencyInjection;
using ReliableDownload.Api.Hashing;

namespace ReliableDownload.Api.Fleet;

/// <summary>What shares the hashing, where there is a Redis to share it by.</summary>
internal static class FleetServices
{
    public static void AddFleet(this IServiceCollection services, RdApiOptions options)
    {
        if (options.Redis is null)
            return;
        services.AddSingleton<SharedJobs>();
        services.AddSingleton<FleetChannel>();
        services.AddSingleton<ToldFiles>();
        services.AddHostedService<FleetWork>();
    }
}

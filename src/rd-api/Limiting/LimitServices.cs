using Microsoft.Extensions.DependencyInjection;
using ReliableDownload.Api.Hosting;

namespace ReliableDownload.Api.Limiting;

/// <summary>The limits that an operator asked for; nothing of those that he did not.</summary>
internal static class LimitServices
{
    public static void AddLimits(this IServiceCollection services, RdApiOptions options)
    {
        var limits = options.Limits;
        if (limits.ConnectionsOfClient is { } most)
            services.AddReloadable(_ => new ClientConnections(most, options.Proxies));
        if (limits.SendRate is not null || limits.SendRateOfClient is not null)
            services.AddReloadable(provider => new SendLimits(limits, options.Proxies, provider.GetRequiredService<TimeProvider>()));
        if (limits.RequestsOfClient is { } perSecond)
        {
            services.AddReloadable(provider => new RequestLimit(
                perSecond, provider.GetRequiredService<RequestBoundary>(), provider.GetRequiredService<TimeProvider>()));
        }
    }

    private static void AddReloadable<T>(this IServiceCollection services, Func<IServiceProvider, T> make)
        where T : class, IReloadable
    {
        services.AddSingleton(make);
        services.AddSingleton<IReloadable>(static provider => provider.GetRequiredService<T>());
    }
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ReliableDownload.Api.Monitoring;

/// <summary>Adds what the operator asked for.</summary>
internal static class MonitoringServices
{
    public static void AddMonitoring(this IServiceCollection services, RdApiOptions options)
    {
        services.AddSingleton<RequestWatch>();
        services.AddSingleton<ServiceNotifier>();
        services.AddHostedService(static provider => provider.GetRequiredService<ServiceNotifier>());
        if (options.AccessLog is not null)
        {
            services.AddSingleton<AccessLog>();
            services.AddSingleton<IRequestObserver>(static provider => provider.GetRequiredService<AccessLog>());
            services.AddHostedService(static provider => provider.GetRequiredService<AccessLog>());
        }

        services.AddHostedService(static provider => new ReloadSignals(
            provider.GetRequiredService<ServiceNotifier>(), provider.GetService<AccessLog>(), provider.GetService<ConfigReload>()));
        if (options.MetricsListen is not null)
        {
            services.AddSingleton<ServerMetrics>();
            services.AddSingleton<IRequestObserver>(static provider => provider.GetRequiredService<ServerMetrics>());
            services.AddSingleton<ActiveRequests>();
            services.AddSingleton<IRequestObserver>(static provider => provider.GetRequiredService<ActiveRequests>());
            services.AddSingleton<RecentProblems>();
            services.AddSingleton<ILoggerProvider>(static provider => provider.GetRequiredService<RecentProblems>());
            services.AddSingleton<ServerStatus>();
            services.AddHostedService<OperatorServer>();
        }
    }
}

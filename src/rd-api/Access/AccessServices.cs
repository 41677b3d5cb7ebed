using Microsoft.Extensions.DependencyInjection;

namespace ReliableDownload.Api.Access;

/// <summary>Adds the control of access, if the operator asked for it.</summary>
internal static class AccessServices
{
    public static void AddAccess(this IServiceCollection services, RdApiOptions options)
    {
        if (options.Access is null)
            return;
        services.AddSingleton<Logins>();
        services.AddSingleton<AccessFiles>();
        services.AddHostedService(static provider => provider.GetRequiredService<AccessFiles>());
        services.AddSingleton<IReloadable>(static provider => provider.GetRequiredService<AccessFiles>());
        services.AddSingleton<AccessControl>();
    }
}

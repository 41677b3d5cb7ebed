using Microsoft.Extensions.DependencyInjection;

namespace ReliableDownload.Api.Tls;

/// <summary>Adds TLS, if the operator asked for it.</summary>
internal static class TlsServices
{
    public static void AddTls(this IServiceCollection services, RdApiOptions options)
    {
        if (options.Tls is null)
            return;
        services.AddSingleton<TlsHandshake>();
        services.AddHostedService(static provider => provider.GetRequiredService<TlsHandshake>());
        services.AddSingleton<IReloadable>(static provider => provider.GetRequiredService<TlsHandshake>());
        services.AddSingleton<RedirectToTls>();
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using ReliableDownload.Api.Hosting;
using ReliableDownload.Api.Limiting;

namespace ReliableDownload.Api.Headers;

/// <summary>Adds what the operator wants in all responses.</summary>
internal static class HeaderServices
{
    public static void AddHeaders(this IServiceCollection services)
    {
        services.AddCors();
        services.AddSingleton<CrossOrigin>();
        services.AddSingleton<ICorsPolicyProvider>(static provider => provider.GetRequiredService<CrossOrigin>());
        services.AddSingleton<ResponseHeaders>();
    }

    /// <summary>To be called before any middleware that may answer.</summary>
    /// <param name="app">The application.</param>
    /// <param name="options">What the operator wants.</param>
    /// <param name="limit">Counts requests; null for no limit.</param>
    public static void UseHeaders(this WebApplication app, RdApiOptions options, RequestLimit? limit)
    {
        if (options.Headers.Count > 0 || options.CanChange)
            app.Use(app.Services.GetRequiredService<ResponseHeaders>().AnswerAsync);
        if (options.Origins.Count == 0 && !options.CanChange)
            return;
        var origins = app.Services.GetRequiredService<CrossOrigin>();
        // The framework answers those itself, but they are counted and belong into the log as others are. Those others come to the limit later, so that scripts can read refusals.
        app.UseWhen(context => origins.IsPreflight(context.Request), preflights =>
        {
            if (limit is not null)
                preflights.Use(limit.AnswerAsync);
            preflights.Use(app.Services.GetRequiredService<RequestBoundary>().AnswerAsync);
        });
        app.Use(origins.AnswerAsync);
        app.UseCors();
    }
}

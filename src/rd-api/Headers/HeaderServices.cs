using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using ReliableDownload.Api.Hosting;

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
    public static void UseHeaders(this WebApplication app, RdApiOptions options)
    {
        if (options.Headers.Count > 0 || options.CanChange)
            app.Use(app.Services.GetRequiredService<ResponseHeaders>().AnswerAsync);
        if (options.Origins.Count == 0 && !options.CanChange)
            return;
        // The framework answers those itself, and they belong into the log as well.
        var boundary = app.Services.GetRequiredService<RequestBoundary>();
        app.Use((HttpContext context, RequestDelegate next) => CrossOrigin.IsPreflight(context.Request) ? boundary.AnswerAsync(context, next) : next(context));
        app.Use(app.Services.GetRequiredService<CrossOrigin>().AnswerAsync);
        app.UseCors();
    }
}

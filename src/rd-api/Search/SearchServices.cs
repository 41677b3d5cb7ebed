using Microsoft.Extensions.DependencyInjection;
using ReliableDownload.Api.Access;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Routing;

namespace ReliableDownload.Api.Search;

/// <summary>The search below a folder.</summary>
internal static class SearchServices
{
    public static void AddSearch(this IServiceCollection services)
    {
        services.AddSingleton(static provider => new FolderSearch(
            provider.GetRequiredService<FolderWalk>(), provider.GetRequiredService<IWebRoot>(), provider.GetService<AccessControl>()));
        services.AddSingleton<IView, SearchView>();
    }
}

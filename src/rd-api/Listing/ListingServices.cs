using Microsoft.Extensions.DependencyInjection;
using ReliableDownload.Api.Access;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Routing;
using ReliableDownload.Api.Tar;

namespace ReliableDownload.Api.Listing;

/// <summary>What people and programs are shown of folders and files.</summary>
internal static class ListingServices
{
    public static void AddListing(this IServiceCollection services)
    {
        services.AddSingleton<FolderResponse>();
        services.AddSingleton(static provider => new FolderProof(
            provider.GetRequiredService<HashJobs>(), provider.GetRequiredService<WholeDigests>(), provider.GetRequiredService<RdApiOptions>(), provider.GetService<AccessControl>()));
        services.AddSingleton(static provider => new Readme(provider.GetRequiredService<IWebRoot>(), provider.GetService<AccessControl>()));
        services.AddSingleton<RowsInTurn>();
        services.AddSingleton<JsonListing>();
        services.AddSingleton<IView, JsonView>();
        services.AddSingleton<IView, SimpleView>();
        services.AddSingleton<IView, DetailsView>();
        services.AddSingleton<IView, TarView>();
        services.AddSingleton(static provider => new TarPlanner(
            provider.GetRequiredService<IWebRoot>(), provider.GetRequiredService<FolderWalk>(), provider.GetRequiredService<TimeProvider>(), provider.GetService<AccessControl>()));
    }
}

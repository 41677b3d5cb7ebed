using System.Reflection;
using PublicApiGenerator;
using ReliableDownload.Client;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.PublicApi;

/// <summary>What programs of others may call: a change of it must be meant.</summary>
public sealed class PublicApiTests
{
    [Fact]
    public void The_public_members_of_Client_are_those_that_are_listed() => IsListed(typeof(Downloader).Assembly);

    [Fact]
    public void The_public_members_of_Protocol_are_those_that_are_listed() => IsListed(typeof(BlockLayout).Assembly);

    private static void IsListed(Assembly assembly)
    {
        var listing = Path.Combine(Repository.Root, "test/ReliableDownload.Tests/PublicApi", $"{assembly.GetName().Name}.txt");
        var found = Path.ChangeExtension(listing, ".new.txt");
        var members = assembly.GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false }) + "\n";
        if (File.Exists(listing) && File.ReadAllText(listing) == members)
            return;

        File.WriteAllText(found, members);
        Assert.Fail($"The public members changed: compare {found} with {listing}. If the change is meant, rename the first to the second.");
    }
}

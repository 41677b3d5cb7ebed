using ReliableDownload.Client.Disk;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.Disk;

/// <summary>What happens to a part file on its way to the target.</summary>
public sealed class PlacementTests
{
    [Fact]
    public async Task A_part_file_on_another_disk_stays_its_maker_s_until_it_is_copied()
    {
        const string Reason = "files of another user cannot be made";
        Assert.SkipUnless(Environment.UserName == "root" || Environment.GetEnvironmentVariable("CI") == "true", Reason);
        using var folder = new TempFolder();
        using var elsewhere = TempFolder.InMemory();
        SampleFile.Create(folder["target"], 10);
        SampleFile.Create(elsewhere["part"], 10);
        await Tool.RunAsync(folder.Path, "chown", "1234", "target");

        Assert.False(new Placement(folder["target"], overwrite: true).TryMove(elsewhere["part"]));

        // Whoever is killed while he copies it would else never take it for his own again.
        FileOwner.Check(elsewhere["part"]);
    }
}

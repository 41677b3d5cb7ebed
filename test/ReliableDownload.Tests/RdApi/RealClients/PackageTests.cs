using System.IO.Compression;
using System.Security.Cryptography;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.RealClients;

/// <summary>Programs that install packages.</summary>
public sealed class PackageTests
{
    private const string Control = "Package: rd-sample\nVersion: 1.0\nArchitecture: all\nMaintainer: x <x@example.org>\nDescription: a sample\n";

    [Theory]
    [InlineData("./", "", "./sample.deb", "sample.deb")]
    [InlineData("stable main", "dists/stable/main/binary-all/", "pool/main/sample.deb", "pool/main/sample.deb")]
    public async Task Apt_updates_and_downloads_from_a_repository(string suite, string index, string fileName, string file)
    {
        using var temp = new TempFolder();
        Directory.CreateDirectory(temp["package/DEBIAN"]);
        Directory.CreateDirectory(Path.GetDirectoryName(temp["root/apt/" + file])!);
        Directory.CreateDirectory(temp["root/apt/" + index]);
        await File.WriteAllTextAsync(temp["package/DEBIAN/control"], Control, TestContext.Current.CancellationToken);
        await Tool.RunAsync(temp.Path, "dpkg-deb", "--build", "--root-owner-group", "package", "root/apt/" + file);
        var package = await File.ReadAllBytesAsync(temp["root/apt/" + file], TestContext.Current.CancellationToken);
        var entry = $"{Control}Filename: {fileName}\nSize: {package.Length}\nSHA256: {Convert.ToHexStringLower(SHA256.HashData(package))}\n\n";
        await File.WriteAllTextAsync(temp[$"root/apt/{index}Packages"], entry, TestContext.Current.CancellationToken);
        await WriteReleaseAsync(temp, index, entry);
        await using var server = await RdApiProcess.StartAsync(temp["root"]);
        await File.WriteAllTextAsync(
            temp["sources.list"], $"deb [trusted=yes arch=all] {server.BaseAddress}apt {suite}\n", TestContext.Current.CancellationToken);

        await Tool.RunAsync(temp.Path, ["apt-get", .. AptOptions(temp), "update"]);
        await Tool.RunAsync(temp.Path, ["apt-get", .. AptOptions(temp), "download", "rd-sample"]);

        Assert.Equal(package, await File.ReadAllBytesAsync(temp["rd-sample_1.0_all.deb"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Pip_downloads_from_a_folder_of_wheels()
    {
        using var temp = new TempFolder();
        const string Wheel = "rdsample-1.0-py3-none-any.whl";
        Directory.CreateDirectory(temp["root"]);
        await using (var wheel = await ZipFile.OpenAsync(temp["root/" + Wheel], ZipArchiveMode.Create, TestContext.Current.CancellationToken))
        {
            Add(wheel, "rdsample.py", "");
            Add(wheel, "rdsample-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: rdsample\nVersion: 1.0\n");
            Add(wheel, "rdsample-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n");
            Add(wheel, "rdsample-1.0.dist-info/RECORD", "");
        }

        await using var server = await RdApiProcess.StartAsync(temp["root"]);
        await Tool.RunAsync(
            temp.Path, "pip3", "download", "--quiet", "--disable-pip-version-check", "--no-cache-dir", "--no-index", "--use-feature=fast-deps",
            "--find-links", $"{server.BaseAddress}", "rdsample");

        var expected = await File.ReadAllBytesAsync(temp["root/" + Wheel], TestContext.Current.CancellationToken);
        Assert.Equal(expected, await File.ReadAllBytesAsync(temp[Wheel], TestContext.Current.CancellationToken));
    }

    private static string[] AptOptions(TempFolder temp)
    {
        foreach (var folder in (string[])["state/lists/partial", "cache/archives/partial", "etc"])
            Directory.CreateDirectory(temp[folder]);
        File.WriteAllText(temp["status"], "");
        string[] options =
        [
            $"Dir::State={temp["state"]}", $"Dir::State::status={temp["status"]}", $"Dir::Cache={temp["cache"]}", $"Dir::Etc={temp["etc"]}",
            $"Dir::Etc::sourcelist={temp["sources.list"]}", "Dir::Etc::sourceparts=-", "APT::Sandbox::User=", "Acquire::Languages=none",
        ];
        return [.. options.SelectMany(option => (string[])["-o", option])];
    }

    private static async Task WriteReleaseAsync(TempFolder temp, string index, string packages)
    {
        if (index.Length == 0)
            return;
        var digest = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(packages)));
        await File.WriteAllTextAsync(
            temp["root/apt/dists/stable/Release"],
            $"Suite: stable\nComponents: main\nArchitectures: all\nDate: Sat, 03 Feb 2001 04:05:06 UTC\nSHA256:\n {digest} {packages.Length} main/binary-all/Packages\n",
            TestContext.Current.CancellationToken);
    }

    private static void Add(ZipArchive archive, string name, string content)
    {
        using var writer = new StreamWriter(archive.CreateEntry(name).Open());
        writer.Write(content);
    }
}

using System.Text.RegularExpressions;

namespace ReliableDownload.Tests.Support;

/// <summary>What rd-api's log says of its hashing.</summary>
internal static partial class HashLog
{
    /// <summary>Waits until the log says how many blocks of <paramref name="file"/> each job on it calculated, and that nothing else was.</summary>
    /// <param name="server">One that serves <paramref name="root"/>.</param>
    public static async Task AssertHashedAsync(this RdApiProcess server, TempFolder root, string file, params int[] blocks)
    {
        // The line of a job comes a little after its last digest.
        await Eventually.IsTrueAsync(() => Hashed(server, file).Length >= blocks.Length, $"{blocks.Length} jobs on {file} were in the log");
        // By the time that a file is hashed which was asked for later, one job too many would be there, too.
        var later = $"later-{Guid.NewGuid():n}";
        SampleFile.Create(root[later], 1);
        await server.Client.StreamAsync(later).LastAsync(TestContext.Current.CancellationToken);
        await server.Process.Error.WaitForAsync($"{later} hashed");
        Assert.Equal(blocks, Hashed(server, file));
    }

    private static int[] Hashed(RdApiProcess server, string file) =>
    [
        .. server.Process.Error.Lines
            .Where(line => line.Contains($" {file} hashed", StringComparison.Ordinal))
            .Select(line => int.Parse(Blocks().Match(line).Groups["blocks"].Value)),
    ];

    [GeneratedRegex(", (?<blocks>[0-9]+) blocks,", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Blocks();
}

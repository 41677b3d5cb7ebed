using ReliableDownload.Tests.EndToEnd;
using ReliableDownload.Tests.RdApi.Fleet;
using ReliableDownload.Tests.Support;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace ReliableDownload.Tests.Support;

/// <summary>Begins with the classes that wait for other programs the longest, so that the suite does not end with one that runs alone.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Longest =
        [.. new[] { typeof(IdleSentinelTests), typeof(FleetFaultTests), typeof(CachedMetadataTests), typeof(HostileRedisTests) }.Select(type => type.FullName!)];

    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(collection => !Longest.Any(name => collection.TestCollectionDisplayName.Contains(name, StringComparison.Ordinal)))];
}

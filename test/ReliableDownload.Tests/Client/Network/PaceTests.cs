using ReliableDownload.Client;
using ReliableDownload.Client.Network;

namespace ReliableDownload.Tests.Client.Network;

public sealed class PaceTests
{
    private const long Kibibyte = 1 << 10;
    private const long Mebibyte = 1 << 20;

    private readonly Pace _pace = new(new DownloadOptions { StallLimit = TimeSpan.FromSeconds(15) });

    [Fact]
    public void A_connection_of_unknown_speed_begins_with_a_few_mebibytes() => Assert.Equal(4 * Mebibyte, _pace.NextLength(1L << 40, 4));

    [Fact]
    public void Connections_share_what_is_left() => Assert.Equal(Mebibyte, _pace.NextLength(4 * Mebibyte, 4));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    public void Nothing_is_asked_for_in_crumbs(long left) => Assert.Equal(64 * Kibibyte, _pace.NextLength(left, 4));

    [Theory]
    [InlineData(20 * Kibibyte, 0.1, 64 * Kibibyte)]
    [InlineData(1 * Mebibyte, 0.1, 3 * Mebibyte / 2)]
    [InlineData(1 * Mebibyte, 2.0, 20 * Mebibyte)]
    [InlineData(1000 * Mebibyte, 0.1, 64 * Mebibyte)]
    public void A_request_lasts_long_against_the_wait_for_its_first_byte(long speed, double latency, long length)
    {
        _pace.TakeLatency(TimeSpan.FromSeconds(latency));
        _pace.TakeSpeed(speed, TimeSpan.FromSeconds(1));

        Assert.Equal(length, _pace.NextLength(1L << 40, 4));
    }

    [Fact]
    public void Newer_speeds_weigh_more()
    {
        _pace.TakeSpeed(1000, TimeSpan.FromSeconds(1));
        _pace.TakeSpeed(2000, TimeSpan.FromSeconds(1));
        _pace.TakeSpeed(0, TimeSpan.FromSeconds(1));

        Assert.Equal(750, _pace.Speed);
    }

    [Theory]
    [InlineData(0.01, 3)]
    [InlineData(2, 8)]
    [InlineData(60, 15)]
    public void Silence_is_measured_by_the_longest_one_before_within_bounds(double gap, double limit)
    {
        Assert.Equal(TimeSpan.FromSeconds(15), _pace.StallLimit);
        _pace.TakeGap(TimeSpan.FromSeconds(gap));
        _pace.TakeGap(TimeSpan.FromSeconds(gap / 2));

        Assert.Equal(TimeSpan.FromSeconds(limit), _pace.StallLimit);
    }

    [Fact]
    public void Long_silences_fade()
    {
        _pace.TakeGap(TimeSpan.FromSeconds(3));
        for (var request = 0; request < 20; request++)
            _pace.TakeSpeed(1000, TimeSpan.FromSeconds(1));

        Assert.Equal(TimeSpan.FromSeconds(3), _pace.StallLimit);
    }
}

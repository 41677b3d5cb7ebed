using ReliableDownload.Client;
using ReliableDownload.Client.Network;

namespace ReliableDownload.Tests.Client.Network;

public sealed class PaceTests
{
    private const long Kibibyte = 1 << 10;
    private const long Mebibyte = 1 << 20;

    private static readonly DownloadOptions Options = new() { StallLimit = TimeSpan.FromSeconds(15) };

    private readonly ServerAddress _address = new(Options, TimeProvider.System);
    private readonly Pace _pace;

    public PaceTests() => _pace = new Pace(Options, _address);

    [Fact]
    public void A_connection_of_unknown_speed_begins_with_little() => Assert.Equal(2 * Mebibyte, _pace.NextLength(1L << 40, 4));

    [Fact]
    public void Where_a_question_takes_seconds_it_begins_with_its_share()
    {
        _address.TakeConnectTime(TimeSpan.FromSeconds(2));

        Assert.Equal(2 * Mebibyte, _pace.NextLength(8 * Mebibyte, 4));
    }

    [Fact]
    public void Connections_share_what_is_left() => Assert.Equal(Mebibyte / 4, _pace.NextLength(Mebibyte, 4));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    public void Nothing_is_asked_for_in_crumbs(long left) => Assert.Equal(64 * Kibibyte, _pace.NextLength(left, 4));

    [Theory]
    [InlineData(2 * Kibibyte, 0.1, 64 * Kibibyte)]
    [InlineData(20 * Kibibyte, 0.1, 400 * Kibibyte)]
    [InlineData(1 * Mebibyte, 0.1, 20 * Mebibyte)]
    [InlineData(1 * Mebibyte, 4.0, 40 * Mebibyte)]
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

    [Fact]
    public void A_near_server_that_is_slow_to_answer_gets_more_time_with_each_attempt()
    {
        _address.TakeConnectTime(TimeSpan.FromMilliseconds(1));
        var limits = new List<double>();
        for (var i = 0; i < 5; i++)
        {
            limits.Add(_pace.StallLimit.TotalSeconds);
            _pace.TakeSilence();
        }

        Assert.Equal([3, 6, 12, 15, 15], limits);
        _pace.TakeLatency(TimeSpan.FromSeconds(1));
        Assert.Equal(3, _pace.StallLimit.TotalSeconds);
    }

    [Theory]
    [InlineData(0.01, 0.01, 3)]
    [InlineData(1, 0.01, 4)]
    [InlineData(0.01, 5, 10)]
    [InlineData(60, 60, 15)]
    public void Silence_is_measured_by_what_the_connection_did_within_bounds(double roundTrip, double latency, double limit)
    {
        Assert.Equal(TimeSpan.FromSeconds(15), _pace.StallLimit);
        _address.TakeConnectTime(TimeSpan.FromSeconds(roundTrip));
        _pace.TakeLatency(TimeSpan.FromSeconds(latency));

        Assert.Equal(TimeSpan.FromSeconds(limit), _pace.StallLimit);
    }
}

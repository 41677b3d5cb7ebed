using ReliableDownload.Client;
using ReliableDownload.Client.Transfers;

namespace ReliableDownload.Tests.Client.Transfers;

public sealed class ConnectionTunerTests
{
    private const int Near = 4;

    private readonly ConnectionTuner _tuner = new(connections: null, roundTrip: TimeSpan.Zero);

    [Fact]
    public void Where_each_connection_is_capped_all_are_used()
    {
        for (var look = 0; look < 10; look++)
            _tuner.Learn(1000.0 * _tuner.Wanted, isTroubled: false);

        Assert.Equal(DownloadOptions.MaxAutomaticConnections, _tuner.Wanted);
    }

    [Fact]
    public void Where_more_gain_nothing_the_number_stays_small()
    {
        for (var look = 0; look < 10; look++)
            _tuner.Learn(1000, isTroubled: false);

        Assert.Equal(Near, _tuner.Wanted);
    }

    [Fact]
    public void A_line_that_is_gone_teaches_nothing()
    {
        _tuner.Learn(1000, isTroubled: false);
        var wanted = _tuner.Wanted;

        Assert.False(_tuner.Learn(1, isTroubled: true));
        Assert.False(_tuner.Learn(0, isTroubled: false));
        Assert.Equal(wanted, _tuner.Wanted);
    }

    [Fact]
    public void A_server_with_too_much_to_do_gets_half_as_many_but_never_none()
    {
        for (var connection = 0; connection < Near; connection++)
            _tuner.Overloaded();
        _tuner.Learn(1000, isTroubled: false);
        Assert.Equal(Near / 2, _tuner.Wanted);

        for (var again = 0; again < 10; again++)
        {
            _tuner.Overloaded();
            _tuner.Learn(1000, isTroubled: false);
        }

        Assert.Equal(1, _tuner.Wanted);
    }

    [Fact]
    public void After_a_rest_it_is_tried_with_more_again()
    {
        _tuner.Overloaded();
        for (var look = 0; look < 300; look++)
            _tuner.Learn(1000.0 * _tuner.Wanted, isTroubled: false);

        Assert.Equal(DownloadOptions.MaxAutomaticConnections, _tuner.Wanted);
    }

    [Fact]
    public void Where_fewer_bring_as_much_there_are_soon_fewer()
    {
        for (var look = 0; look < 20; look++)
            _tuner.Learn(1000.0 * _tuner.Wanted, isTroubled: false);
        for (var look = 0; look < 200; look++)
            _tuner.Learn(16_000, isTroubled: false);

        Assert.True(_tuner.Wanted < DownloadOptions.MaxAutomaticConnections / 2, $"{_tuner.Wanted} connections");
    }

    [Fact]
    public void A_line_that_gets_lossy_later_gets_more_connections()
    {
        for (var look = 0; look < 20; look++)
            _tuner.Learn(16_000, isTroubled: false);
        for (var look = 0; look < 300; look++)
            _tuner.Learn(1000.0 * _tuner.Wanted, isTroubled: false);

        Assert.Equal(DownloadOptions.MaxAutomaticConnections, Enumerable.Range(0, 100).Max(_ =>
        {
            _tuner.Learn(1000.0 * _tuner.Wanted, isTroubled: false);
            return _tuner.Wanted;
        }));
    }

    [Fact]
    public void A_trial_ends_when_the_line_is_gone()
    {
        var settled = 0;
        for (var look = 0; look < 1000 && _tuner.Wanted >= settled; look++)
        {
            settled = _tuner.Wanted;
            _tuner.Learn(1000.0 * _tuner.Wanted, isTroubled: false);
        }

        Assert.True(_tuner.Learn(0, isTroubled: true));
        Assert.Equal(settled, _tuner.Wanted);
    }

    [Theory]
    [InlineData(0.001, 4)]
    [InlineData(0.1, 8)]
    [InlineData(2, 8)]
    public void It_begins_with_as_many_as_the_distance_asks_for(double roundTrip, int connections) =>
        Assert.Equal(connections, new ConnectionTuner(null, TimeSpan.FromSeconds(roundTrip)).Wanted);

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public void A_number_that_was_asked_for_is_used(int connections)
    {
        var tuner = new ConnectionTuner(connections, TimeSpan.Zero);

        Assert.Equal((connections, connections), (tuner.Wanted, tuner.Max));
    }
}

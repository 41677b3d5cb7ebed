using ReliableDownload.Client;
using ReliableDownload.Client.Transfers;

namespace ReliableDownload.Tests.Client.Transfers;

public sealed class ConnectionTunerTests
{
    private static readonly int Near = ConnectionTuner.FirstNumber(null, TimeSpan.Zero, null);

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
    public void What_no_line_holds_back_gets_no_more_connections()
    {
        for (var look = 0; look < 10; look++)
            _tuner.Learn(1e9 * _tuner.Wanted, isTroubled: false);

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
    [InlineData(0.1)]
    [InlineData(2)]
    public void It_begins_with_eight_where_the_server_is_far_away(double roundTrip) =>
        Assert.Equal(8, new ConnectionTuner(null, TimeSpan.FromSeconds(roundTrip)).Wanted);

    [Fact]
    public void It_begins_with_no_more_than_processors_where_the_server_is_near() =>
        Assert.InRange(new ConnectionTuner(null, TimeSpan.FromMilliseconds(1)).Wanted, 2, Math.Max(2, Environment.ProcessorCount));

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public void A_number_that_was_asked_for_is_used(int connections)
    {
        var tuner = new ConnectionTuner(connections, TimeSpan.Zero);

        Assert.Equal((connections, connections), (tuner.Wanted, tuner.Max));
    }
}

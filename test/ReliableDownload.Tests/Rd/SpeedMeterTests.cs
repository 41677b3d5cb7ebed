using ReliableDownload.Rd.Reports;

namespace ReliableDownload.Tests.Rd;

public sealed class SpeedMeterTests
{
    private readonly SteppedTime _time = new();

    [Fact]
    public void Nothing_is_known_from_one_look() => Assert.Equal(0, new SpeedMeter(_time).Measure(1000));

    [Fact]
    public void A_steady_flow_has_its_speed()
    {
        var meter = new SpeedMeter(_time);
        for (var second = 0; second < 20; second++)
        {
            var speed = meter.Measure(second * 1000);
            Assert.Equal(second == 0 ? 0 : 1000, speed);
            _time.Step(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public void An_outage_is_forgotten_after_some_seconds_and_shows_as_zero()
    {
        var meter = new SpeedMeter(_time);
        meter.Measure(0);
        _time.Step(TimeSpan.FromSeconds(1));
        Assert.Equal(5000, meter.Measure(5000));
        for (var second = 0; second < 7; second++)
        {
            _time.Step(TimeSpan.FromSeconds(1));
            meter.Measure(5000);
        }

        Assert.Equal(0, meter.Measure(5000));
    }

    private sealed class SteppedTime : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Step(TimeSpan step) => _now += step.Ticks;
    }
}

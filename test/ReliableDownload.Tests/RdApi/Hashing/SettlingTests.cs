using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;

namespace ReliableDownload.Tests.RdApi.Hashing;

public sealed class SettlingTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(-3, -3, null)]
    [InlineData(-1, -1, 1.0)]
    [InlineData(-1000, -0.5, 1.5)]
    [InlineData(-1.5, -0.5, 1.5)]
    [InlineData(-0.5, -1.5, 1.5)]
    [InlineData(0.5, -100, 2.5)]
    [InlineData(1000, -0.5, 1.5)]
    [InlineData(1000, -1000, null)]
    [InlineData(1000, 1000, null)]
    public void A_file_is_settled_two_seconds_after_it_changed(double modified, double changed, double? expected)
    {
        var settling = new FileIdentity(1, Nanoseconds(modified), 1, Nanoseconds(changed)).SettlingTime(Now);
        Assert.Equal(TimeSpan.FromSeconds(expected ?? 0), settling);
    }

    private static long Nanoseconds(double seconds) => (Now.AddSeconds(seconds) - DateTimeOffset.UnixEpoch).Ticks * 100;
}

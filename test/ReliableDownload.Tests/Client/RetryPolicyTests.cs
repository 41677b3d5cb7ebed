using ReliableDownload.Client;
using ReliableDownload.Client.Network;

namespace ReliableDownload.Tests.Client;

public sealed class RetryPolicyTests
{
    private static readonly TimeSpan JustNow = TimeSpan.FromSeconds(1);

    private readonly RetryPolicy _policy = new(new DownloadOptions { FirstDelay = TimeSpan.FromSeconds(0.25), MaxDelay = TimeSpan.FromSeconds(20) });

    [Theory]
    [InlineData(0, 1.0, 0.0)]
    [InlineData(1, 1.0, 0.5)]
    [InlineData(1, 0.5, 0.25)]
    [InlineData(2, 1.0, 1.0)]
    [InlineData(9, 1.0, 2.0)]
    public void Delays_double_up_to_two_seconds_at_first_and_are_spread(int failures, double random, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), _policy.DelayAfter(Temporary(), failures, JustNow, random));

    [Theory]
    [InlineData(60, 6)]
    [InlineData(150, 15)]
    [InlineData(10_000, 20)]
    public void They_grow_with_the_time_that_the_server_is_gone(int silence, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), _policy.DelayAfter(Temporary(), 30, TimeSpan.FromSeconds(silence), 1));

    [Fact]
    public void After_an_attempt_that_waited_in_silence_the_next_comes_at_once() =>
        Assert.Equal(TimeSpan.FromSeconds(0.2), _policy.DelayAfter(AttemptFailure.Of(new TimeoutException())!, 30, TimeSpan.FromMinutes(9), 1));

    [Theory]
    [InlineData(30, 30)]
    [InlineData(-5, 0)]
    [InlineData(100_000_000, 600)]
    public void The_server_s_wish_is_obeyed_within_ten_minutes(int asked, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), _policy.DelayAfter(Temporary(TimeSpan.FromSeconds(asked)), 1, JustNow, 0));

    private static AttemptFailure Temporary(TimeSpan? retryAfter = null) => new(DownloadOutcome.Network, IsTemporary: true, "gone", retryAfter);
}

using ReliableDownload.Client;
using ReliableDownload.Client.Network;

namespace ReliableDownload.Tests.Client;

public sealed class RetryPolicyTests
{
    private static readonly DownloadOptions Options = new()
    {
        MaxAttempts = 4,
        FirstDelay = TimeSpan.FromSeconds(1),
        MaxDelay = TimeSpan.FromSeconds(5),
    };

    private readonly RetryPolicy _policy = new(Options);

    [Theory]
    [InlineData(0, 1.0, 0.0)]
    [InlineData(1, 1.0, 2.0)]
    [InlineData(1, 0.25, 0.5)]
    [InlineData(2, 1.0, 4.0)]
    [InlineData(3, 1.0, 5.0)]
    public void Delays_double_up_to_a_limit_and_are_spread(int failures, double random, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), _policy.DelayAfter(Temporary(), failures, random));

    [Fact]
    public void It_gives_up_when_no_attempt_is_left() => Assert.Null(_policy.DelayAfter(Temporary(), Options.MaxAttempts, 0.5));

    [Fact]
    public void What_cannot_mend_is_not_tried_again() =>
        Assert.Null(_policy.DelayAfter(new AttemptFailure(DownloadOutcome.Http, IsTemporary: false, "404"), 1, 0.5));

    [Theory]
    [InlineData(30, 30)]
    [InlineData(-5, 0)]
    [InlineData(100_000_000, 600)]
    public void The_server_s_wish_is_obeyed_within_ten_minutes(int asked, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), _policy.DelayAfter(Temporary(TimeSpan.FromSeconds(asked)), 1, 0));

    private static AttemptFailure Temporary(TimeSpan? retryAfter = null) => new(DownloadOutcome.Network, IsTemporary: true, "gone", retryAfter);
}

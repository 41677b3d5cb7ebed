using Microsoft.Extensions.Time.Testing;
using ReliableDownload.Client;

namespace ReliableDownload.Tests.Client.Asking;

/// <summary>The rate that a user allows, on a clock that the test moves: neither more nor clearly less of it is used.</summary>
public sealed class RateLimitTests
{
    private const int ReadLength = 256 << 10;
    private static readonly TimeSpan Time = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(1_000, 1, 0)]
    [InlineData(1_000_000, 1, 40)]
    [InlineData(1_000_000, 16, 40)]
    [InlineData(100_000_000, 4, 40)]
    public void Over_a_minute_it_is_kept_within_5_percent(long bytesPerSecond, int connections, int latestMilliseconds)
    {
        var clock = new FakeTimeProvider();
        var limit = new RateLimit(bytesPerSecond, clock);
        var random = new Random(1);
        var turns = new PriorityQueue<int, TimeSpan>();
        var now = TimeSpan.Zero;
        var came = 0L;
        for (var connection = 0; connection < connections; connection++)
            turns.Enqueue(0, TimeSpan.Zero);
        // Each connection reads what it was allowed, wakes up late, and now and then gets less than it could have.
        while (turns.TryDequeue(out var allowed, out var at) && at < Time)
        {
            if (at > now)
            {
                clock.Advance(at - now);
                now = at;
            }

            var got = random.Next(5) == 0 ? allowed / 2 : allowed;
            limit.Return(allowed - got);
            came += got;
            var (length, wait) = limit.Reserve(ReadLength);
            turns.Enqueue(length, wait > TimeSpan.Zero ? now + wait + TimeSpan.FromMilliseconds(random.Next(latestMilliseconds + 1)) : now);
        }

        Assert.InRange(came / Time.TotalSeconds / bytesPerSecond, 0.95, 1.05);
    }

    [Fact]
    public void What_was_not_used_for_a_while_is_not_made_up_for()
    {
        var clock = new FakeTimeProvider();
        var limit = new RateLimit(1_000_000, clock);
        clock.Advance(TimeSpan.FromHours(1));
        var burst = 0;
        while (limit.Reserve(ReadLength) is var (length, wait) && wait <= TimeSpan.Zero)
            burst += length;

        Assert.InRange(burst, 1, 260_000);
    }
}

using ReliableDownload.Client;
using ReliableDownload.Client.Network;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.Network;

public sealed class LineTests
{
    private static readonly AttemptFailure Failure = new(DownloadOutcome.Network, true, "gone");

    private readonly ManualTime _time = new();
    private readonly Line _line;

    public LineTests() => _line = new Line(new DownloadOptions { MaxAttempts = 3, MaxOutage = TimeSpan.FromMinutes(1) }, _time);

    [Fact]
    public async Task Two_look_for_a_line_that_is_gone_and_all_go_on_when_it_is_back()
    {
        GoAway();
        Assert.True(await WaitAsync());
        Assert.True(await WaitAsync());
        var third = WaitAsync();
        Assert.False(third.IsCompleted);

        _line.Advance();

        Assert.False(await third);
        Assert.Null(_line.Trouble);
    }

    [Fact]
    public async Task One_that_has_looked_lets_another_look()
    {
        GoAway();
        await WaitAsync();
        await WaitAsync();
        var third = WaitAsync();

        _line.EndProbe();

        Assert.True(await third);
    }

    [Fact]
    public async Task Nobody_waits_for_a_line_when_all_is_over()
    {
        GoAway();
        using var ended = new CancellationTokenSource();
        var waiting = WaitAsync(TimeSpan.FromHours(1), ended.Token);

        await ended.CancelAsync();
        _line.Wake();

        Assert.False(await waiting);
    }

    [Fact]
    public async Task A_line_that_others_use_is_no_reason_to_ask_again_at_once()
    {
        _line.Advance();
        _line.Fail(Failure);
        var began = TimeProvider.System.GetTimestamp();
        var waiting = WaitAsync(TimeSpan.FromMilliseconds(300));

        _line.Advance();
        await waiting;

        Assert.True(TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public void Before_the_first_byte_attempts_alone_count() => Assert.Equal([false, true], [_line.IsGivenUp(2), _line.IsGivenUp(3)]);

    [Fact]
    public void After_it_attempts_and_time_have_to_be_used_up_both()
    {
        _line.Advance();
        _line.Fail(Failure);
        Assert.False(_line.IsGivenUp(1000));
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal([false, true], [_line.IsGivenUp(2), _line.IsGivenUp(3)]);
    }

    [Fact]
    public void A_process_that_was_stopped_for_hours_does_not_give_up_when_it_goes_on()
    {
        _line.Advance();
        _time.Advance(TimeSpan.FromHours(2));

        Assert.Equal([1, 2, 3], [_line.Fail(Failure), _line.Fail(Failure), _line.Fail(Failure)]);

        Assert.False(_line.IsGivenUp(3));
    }

    [Fact]
    public void Bytes_begin_the_count_of_failures_anew()
    {
        Assert.Equal(1, _line.Fail(Failure));
        Assert.Equal(2, _line.Fail(Failure));
        _line.Advance();
        Assert.Equal(1, _line.Fail(Failure));
    }

    private void GoAway()
    {
        _line.Advance();
        _time.Advance(TimeSpan.FromSeconds(5));
        _line.Fail(Failure);
    }

    private Task<bool> WaitAsync(TimeSpan delay = default, CancellationToken ended = default) =>
        Task.Factory.StartNew(() => _line.WaitForTurn(delay, ended), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .WaitAsync(Eventually.Limit, CancellationToken.None);
}
